/** The stage of a version that nobody moved. */
export const NO_STAGE = "None";
/** The stage of versions that others took the place of. */
export const ARCHIVED = "Archived";

const STANDARD = new Map([NO_STAGE, "Staging", "Production", ARCHIVED].map((it) => [it.toLowerCase(), it]));

/** A stage as it is written: the case of the standard ones does not matter, any other name is a stage of its own. */
export const stageOf = (text: string): string => STANDARD.get(text.toLowerCase()) ?? text;
