"""Multi-instance GPUs (MIG): a board's joules shared by the size of the instances that work.

NVML gives energy of the board alone, and under MIG no use by process (NVML API reference, R590:
Multi Instance GPU Management).  What it does tell is who runs on which instance and how many of the
board's slices that one has; sharing by slices may be off by the factor below.
"""

from __future__ import annotations

from typing import Any

FACTOR = 2.0
"""How far a share by slices may be off: an instance may idle or work hard, which NVML hides."""


def parts_by_instance(nvml: Any, handle: Any) -> dict[int, float] | None:
    """Each process's part of a board that is split; None where it is not.

    An instance without processes has no part; processes of one instance share its part equally.
    """
    try:
        if nvml.nvmlDeviceGetMigMode(handle)[0] != nvml.NVML_DEVICE_MIG_ENABLE:
            return None
        count = nvml.nvmlDeviceGetMaxMigDeviceCount(handle)
    except nvml.NVMLError:  # not a board that can be split
        return None
    weights: dict[int, float] = {}
    for index in range(count):
        try:
            instance = nvml.nvmlDeviceGetMigDeviceHandleByIndex(handle, index)
            slices = nvml.nvmlDeviceGetAttributes(instance).gpuInstanceSliceCount
            pids = {p.pid for p in nvml.nvmlDeviceGetComputeRunningProcesses(instance)}
        except nvml.NVMLError:  # no instance there, or it was taken away just now
            continue
        for pid in pids:
            weights[pid] = weights.get(pid, 0.0) + slices / len(pids)
    whole = sum(weights.values())
    return {pid: weight / whole for pid, weight in weights.items()}
