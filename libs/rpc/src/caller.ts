import { createHash, timingSafeEqual } from "node:crypto";
import { createContextKey, type HandlerContext } from "@connectrpc/connect";
import { Role } from "@throughline/contracts/throughline/type/v1/policy_pb";
import { DomainError } from "@throughline/kernel";
import type { Caller } from "./call-context.ts";
import { CallContext } from "./call-context.ts";

/** Finds out who calls from the request's headers. Fails with the kind `unauthenticated`. */
export type Authenticate = (header: (name: string) => string | null) => Caller;

const NOBODY: Caller = { actor: "nobody", role: Role.UNSPECIFIED };
const CALLER = createContextKey<Caller>(NOBODY, { description: "caller" });

/** Who calls, for actor fields and histories. */
export const callerOf = (context: HandlerContext): Caller =>
  context instanceof CallContext ? (context.caller ?? NOBODY) : context.values.get(CALLER);

export function setCaller(context: HandlerContext, caller: Caller): void {
  if (context instanceof CallContext) context.caller = caller;
  else context.values.set(CALLER, caller);
}

/** Name of the header that says on whose behalf a service calls, or who a caller on the same machine says that it is. */
export const ACTOR_HEADER = "throughline-actor";

/** Everybody may do everything: for a server that only this machine can reach. */
export const trustLocalCallers: Authenticate = (header) => {
  const actor = actorIn(header);
  return actor === undefined ? LOCAL : { actor, role: Role.SERVICE };
};

const LOCAL: Caller = { actor: "local", role: Role.SERVICE };

/** Who has a token: its SHA-256 in hexadecimal digits, so that the configuration holds no secret. */
export interface TokenHolder extends Caller {
  readonly tokenSha256: string;
}

/** Callers show `authorization: Bearer TOKEN`. A service may name the actor that it calls for. */
export function requireToken(holders: readonly TokenHolder[]): Authenticate {
  const known = holders.map((it) => ({ ...it, hash: Buffer.from(it.tokenSha256, "hex") }));
  return (header) => {
    const token = /^Bearer ([\x21-\x7e]{1,4096})$/.exec(header("authorization") ?? "")?.[1];
    if (token === undefined) throw unauthenticated("the call has no token: send `authorization: Bearer TOKEN`");
    const hash = createHash("sha256").update(token).digest();
    const holder = known.find((it) => it.hash.length === hash.length && timingSafeEqual(it.hash, hash));
    if (!holder) throw unauthenticated("the token is not known here: ask the operator for one");
    const actor = holder.role === Role.SERVICE ? actorIn(header) : undefined;
    return { actor: actor ?? holder.actor, role: holder.role };
  };
}

function actorIn(header: (name: string) => string | null): string | undefined {
  const actor = header(ACTOR_HEADER);
  return actor !== null && /^[\x20-\x7e]{1,255}$/.test(actor) ? actor : undefined;
}

const unauthenticated = (message: string): DomainError =>
  new DomainError("unauthenticated", "UNAUTHENTICATED", message);
