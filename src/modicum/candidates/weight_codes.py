"""Weights as small integers, rounded so that the products they are for change least."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Codes = NDArray[np.int8]

_DAMP = 0.01  # of the mean diagonal, as Frantar et al. (2022) take
_BLOCK = 128  # rows whose error is passed on at once; changes the time only
_MIGRATION = 0.7
"""How far outliers of the inputs are moved into the weights; Xiao et al. (2023, "SmoothQuant") find
0.5 to 0.75 good.  Chosen on texts of banking77's training part that nothing was taught on."""


def row_codes(weights: Floats) -> tuple[Codes, Floats]:
    """Each row by its own scale: codes, shape (rows, width), and scales, shape (rows, 1)."""
    scales = _scales(np.abs(weights).max(axis=1, keepdims=True))
    return np.rint(weights / scales).astype(np.int8), scales.astype(np.float32)


def smoothing(inputs: Floats, weights: Floats) -> Floats:
    """What to divide each input by, and multiply its weights by; shape (inputs,), mean log 0.

    inputs: shape (tokens, inputs), of calibration texts.  weights: shape (inputs, outputs).
    """
    peaks = np.maximum(np.abs(inputs).max(axis=0), 1e-6) ** _MIGRATION
    divisors = peaks / np.maximum(np.abs(weights).max(axis=1), 1e-6) ** (1 - _MIGRATION)
    return np.asarray(divisors / np.exp(np.log(divisors).mean()), np.float32)


def column_codes(weights: Floats, inputs: Floats) -> tuple[Codes, Floats]:
    """Each column by its own scale: codes, shape of the weights, and scales, shape (outputs,).

    Row by row, what rounding lost is made up by the rows that follow, for inputs like those given
    (GPTQ: Frantar et al. 2022, "Accurate post-training quantization for generative pre-trained
    transformers").
    """
    scales = _scales(np.abs(weights).max(axis=0))
    follow = _followers(inputs)
    left, codes = weights.astype(np.float64), np.zeros(weights.shape, np.int8)
    for start in range(0, len(left), _BLOCK):
        end = min(start + _BLOCK, len(left))
        lost = np.zeros((end - start, left.shape[1]))
        for row in range(start, end):
            codes[row] = np.clip(np.rint(left[row] / scales), -127, 127)
            lost[row - start] = (left[row] - codes[row] * scales) / follow[row, row]
            left[row + 1 : end] -= np.outer(follow[row, row + 1 : end], lost[row - start])
        left[end:] -= follow[start:end, end:].T @ lost
    return codes, scales.astype(np.float32)


def _followers(inputs: Floats) -> NDArray[np.float64]:
    """How a row's error is spread over the next: upper Cholesky factor of the inverse Hessian."""
    precise = inputs.astype(np.float64)
    hessian = precise.T @ precise
    hessian += np.eye(len(hessian)) * max(_DAMP * float(np.diag(hessian).mean()), 1e-12)
    return np.asarray(np.linalg.cholesky(np.linalg.inv(hessian)).T)


def _scales(peaks: NDArray[np.floating]) -> NDArray[np.float64]:
    return np.where(peaks == 0, 1.0, peaks.astype(np.float64) / 127)
