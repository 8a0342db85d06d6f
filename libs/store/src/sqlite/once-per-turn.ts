/** Does the work at the end of this turn of the event loop however often it is asked; and of the next, if that says so. */
export function oncePerTurn(work: () => boolean): () => void {
  let scheduled = false;
  const schedule = () => {
    if (scheduled) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      if (work()) schedule();
    });
  };
  return schedule;
}
