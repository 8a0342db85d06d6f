import type { Clock } from "@throughline/kernel";

/** When a model is switched off. */
export interface QuarantineLimits {
  /** So many deaths of its processes ... */
  readonly deathsMax: number;
  /** ... within so long ... */
  readonly deathsWindowMs: number;
  /** ... switch the model off for so long. */
  readonly quarantineMs: number;
}

/** The deaths of one model's processes. It outlives them, so that loading a model again does not wash it clean. */
export interface DeathRecord {
  /** Notes a death; true if the model is in quarantine from now on. */
  died(): boolean;
  /** Milliseconds of quarantine that are left; 0 if there is none. */
  quarantineLeftMs(): number;
  /** How long the model must live without a death until it is trusted as before; 0 if it is. */
  distrustLeftMs(): number;
  /** How often the processes died in the present window: the longer the row, the longer the wait before the next. */
  count(): number;
}

export function deathRecord(limits: QuarantineLimits, clock: Clock): DeathRecord {
  let deaths: number[] = [];
  let quarantinedUntil = 0;
  // After a quarantine one more death is enough: a model on probation has shown what it does.
  let isOnProbation = false;
  const recent = () => deaths.filter((time) => time > clock.now() - limits.deathsWindowMs);
  return {
    died() {
      deaths = [...recent(), clock.now()];
      if (quarantinedUntil > 0 && clock.now() > quarantinedUntil + limits.deathsWindowMs) isOnProbation = false;
      if (!isOnProbation && deaths.length < limits.deathsMax) return false;
      quarantinedUntil = clock.now() + limits.quarantineMs;
      isOnProbation = true;
      deaths = [];
      return true;
    },
    quarantineLeftMs: () => Math.max(0, quarantinedUntil - clock.now()),
    distrustLeftMs() {
      const since = recent().at(-1) ?? (isOnProbation ? quarantinedUntil : undefined);
      return since === undefined ? 0 : Math.max(0, since + limits.deathsWindowMs - clock.now());
    },
    count: () => recent().length,
  };
}
