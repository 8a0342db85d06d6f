import { type DescMethod, type DescService, getOption, hasOption } from "@bufbuild/protobuf";
import { type Policy, policy, Role } from "@throughline/contracts/throughline/type/v1/policy_pb";
import { DomainError, invariant } from "@throughline/kernel";
import type { Caller } from "./call-context.ts";

/** The policy that a method's contract states. A method without one is a bug that stops the start. */
export function policyOf(method: DescMethod): Policy {
  const name = `${method.parent.typeName}.${method.name}`;
  invariant(hasOption(method, policy), `${name} has no policy option`);
  const stated = getOption(method, policy);
  invariant(stated.role !== Role.UNSPECIFIED, `${name} has a policy without a role`);
  return stated;
}

/** The least role of every method, by `package.Service/Method`: the one table that drives gRPC and REST. */
export function policyTable(services: readonly DescService[]): ReadonlyMap<string, Role> {
  return new Map(
    services.flatMap((service) => service.methods.map((it) => [`${service.typeName}/${it.name}`, policyOf(it).role])),
  );
}

/** Fails with ROLE_TOO_LOW unless the caller has the role or a higher one. */
export function checkRole(caller: Caller, needed: Role): void {
  if (caller.role >= needed) return;
  throw new DomainError(
    "denied",
    "ROLE_TOO_LOW",
    `${caller.actor} has the role ${Role[caller.role]}, and the call needs ${Role[needed]}. Ask an administrator for it.`,
    { metadata: { actor: caller.actor, needed: Role[needed] ?? "" } },
  );
}
