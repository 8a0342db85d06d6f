/** An answer that has been made leaves in this turn of the event loop. Nothing of a mirror comes before that, not even the choice of one. */
export const afterAnswer = (work: () => void): void => void setImmediate(work);
