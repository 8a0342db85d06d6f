import fc from "fast-check";
import { expect, test } from "vitest";
import { Crowd, type Member } from "./crowd.ts";

test("a crowd has those that came and did not go, like a set", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(12)), (steps) => {
      const members = Array.from({ length: 13 }, (_, id): Member & { readonly id: number } => ({ id, place: -1 }));
      const crowd = new Crowd<(typeof members)[number]>();
      const wanted = new Set<number>();
      for (const id of steps) {
        const member = members[id];
        if (member === undefined) continue;
        if (wanted.delete(id)) crowd.delete(member);
        else {
          wanted.add(id);
          crowd.add(member);
        }
        expect(new Set([...crowd].map((it) => it.id))).toEqual(wanted);
        expect(crowd.size).toBe(wanted.size);
      }
    }),
  );
});

test("who is not in a crowd can be taken out of it, also while it is walked through", () => {
  const crowd = new Crowd<Member>();
  const members = Array.from({ length: 5 }, (): Member => ({ place: -1 }));
  for (const it of members) crowd.add(it);
  const seen: Member[] = [];
  for (const it of crowd) {
    seen.push(it);
    crowd.delete(it);
    crowd.delete(it);
  }
  expect(seen).toEqual(members);
  expect(crowd.size).toBe(0);
});
