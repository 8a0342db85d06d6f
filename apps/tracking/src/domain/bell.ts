/** Rings when there is something to do. Whoever rings it need not know who listens. */
export interface Bell {
  ring(): void;
  /** `heard` is called at each ring from now on. */
  listen(heard: () => void): void;
}

export function bell(): Bell {
  const listeners: (() => void)[] = [];
  return {
    ring: () => listeners.forEach((heard) => void heard()),
    listen: (heard) => void listeners.push(heard),
  };
}
