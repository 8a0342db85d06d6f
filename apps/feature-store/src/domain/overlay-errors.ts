import { DomainError } from "@throughline/kernel";

/** Nothing can lie over a layout of which a load comes online in parts, or over which something lies. Never leaves the service. */
export const overlayImpossible = (): DomainError =>
  new DomainError("conflict", "OVERLAY_IMPOSSIBLE", "The online values of the source have to be computed anew.");

/** Reverts, pushes and materialisations of a source get into each other's way. */
export const onlineBusy = (): DomainError =>
  new DomainError(
    "conflict",
    "ONLINE_BUSY",
    "Rows of the source come online too fast for what is under way. Try again when fewer are pushed.",
  );

/** Nothing was heard for a while of whoever prepared something, and others are removing it. */
export const preparationGivenUp = (): DomainError =>
  new DomainError(
    "conflict",
    "PREPARATION_GIVEN_UP",
    "The process that made the online values ready was silent for so long that others took it for gone. Try again.",
  );
