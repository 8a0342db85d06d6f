import type { DocumentWrite } from "@throughline/store";

/** What is learnt of feedback: written with it, or not at all. */
export interface Lesson {
  readonly writes: readonly DocumentWrite[];
  /** To be called when it was written. */
  learnt(): void;
}
