/** A model whose processes count. */
export interface BudgetMember {
  /** What its processes have, or had when they were last at work. */
  residentBytes(): number;
  /** When it was last asked, by `performance.now()`. */
  usedAt(): number;
  /** True if it has processes that nobody would miss now. */
  maySleep(): boolean;
  /** Ends its processes until it is asked again. */
  sleep(): void;
  /** True if it has no processes, but may be woken. */
  isAsleep(): boolean;
}

/** How much memory all models have together. Those that nobody asks for longest are unloaded first. */
export interface MemoryBudget {
  add(member: BudgetMember): void;
  remove(member: BudgetMember): void;
  /** Makes room for a member that wakes; false if those at work leave none. */
  makeRoom(member: BudgetMember): boolean;
  /** Unloads what is too much, as far as idle models go. */
  enforce(): void;
  /** Resident bytes of all that are loaded. */
  bytes(): number;
  close(): void;
}

/** How often it is looked at; processes grow while they work. */
const LOOK_MS = 2_000;

export function memoryBudget(bytesMax: number): MemoryBudget {
  const members = new Set<BudgetMember>();
  const bytes = (): number => {
    let sum = 0;
    for (const it of members) if (!it.isAsleep()) sum += it.residentBytes();
    return sum;
  };
  const shrink = (most: number, spared?: BudgetMember): boolean => {
    let sum = bytes();
    if (sum <= most) return true;
    const idle = [...members].filter((it) => it !== spared && it.maySleep());
    for (const it of idle.sort((a, b) => a.usedAt() - b.usedAt())) {
      sum -= it.residentBytes();
      it.sleep();
      if (sum <= most) return true;
    }
    return false;
  };
  const timer = setInterval(() => shrink(bytesMax), LOOK_MS);
  timer.unref();
  return {
    add: (member) => void members.add(member),
    remove: (member) => void members.delete(member),
    makeRoom: (member) => shrink(bytesMax - member.residentBytes(), member),
    enforce: () => void shrink(bytesMax),
    bytes,
    close: () => clearInterval(timer),
  };
}
