/** What can be in a crowd, one at a time. */
export interface Member {
  /** Where it is there; -1 outside of it. The crowd alone sets it. */
  place: number;
}

/**
 * Things that come and go with every request, in no order. Not for these: a Set or a Map, which begins a new table after every
 * few of them. The table before points to the new one, so that once the collector has taken one of them for old, all that
 * follow, with all that they ever held, stay until it goes through the whole heap.
 */
export class Crowd<T extends Member> implements Iterable<T> {
  readonly #all: T[] = [];

  get size(): number {
    return this.#all.length;
  }
  /** Of one that is not in it yet. */
  add(member: T): void {
    member.place = this.#all.length;
    this.#all.push(member);
  }
  /** Does nothing to one that is not in it. */
  delete(member: T): void {
    const { place } = member;
    if (place < 0) return;
    member.place = -1;
    const last = this.#all.pop();
    if (last === undefined || last === member) return;
    this.#all[place] = last;
    last.place = place;
  }
  /** Those that are in it at the beginning, whoever comes or goes meanwhile. */
  [Symbol.iterator](): Iterator<T> {
    return this.#all.slice()[Symbol.iterator]();
  }
}
