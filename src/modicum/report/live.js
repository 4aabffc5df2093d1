(() => {
  const every = 30000;
  setInterval(() => {
    const reading = document.querySelector(":popover-open") || String(getSelection());
    if (!document.hidden && !reading) location.reload();
  }, every);
})();
