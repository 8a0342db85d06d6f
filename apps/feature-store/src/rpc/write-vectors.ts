import { FeatureStatus } from "@throughline/contracts/throughline/features/v1/online_pb";
import { digitsOfBytes, type FeatureValue, rowDigest } from "@throughline/kernel";
import { BackwardWriter, fromNs, valueToProto, writeKind, writeTime } from "@throughline/rpc";
import { areFloats, FLOAT64, HEAD_BYTES, latestValues } from "../domain/latest-entries.ts";
import { memoryView } from "../domain/memory-view.ts";
import type { OnlinePlan, PlannedView } from "../domain/online-plan.ts";
import type { FoundRows } from "../domain/online-read.ts";
import type { OnlineEntry } from "../domain/online-store.ts";

/**
 * Writes the vectors of rows without windows, each as a field of the answer, as the library writes their messages. Rows of floats that are known
 * since the same time, as those that were loaded together, differ in their numbers alone: but for these one is a copy of the one before.
 */
export class VectorWriter {
  readonly #writer: BackwardWriter;
  readonly #found: FoundRows;
  readonly #views: readonly ViewRow[];
  readonly #steps: readonly Step[];
  readonly #floats: FloatRows | undefined;

  constructor(writer: BackwardWriter, found: FoundRows) {
    this.#writer = writer;
    this.#found = found;
    this.#views = found.plan.views.map((it) => new ViewRow(it, found.asOfNs));
    this.#steps = stepsOf(found.plan);
    this.#floats = found.plan.requestFeatures.length === 0 ? new FloatRows(writer, this.#steps) : undefined;
  }

  write(row: number): void {
    const { places, answers } = this.#found;
    let [isAlike, hasFloats] = [true, true];
    for (let i = 0; i < this.#views.length; i++) {
      const [view, at] = [this.#views[i] as ViewRow, places[i]?.[row]];
      if (!view.take(at && answers.seeks[at.seek])) isAlike = false;
      if (!view.hasFloats) hasFloats = false;
    }
    if (isAlike && hasFloats && this.#floats?.isBegun) this.#floats.again(this.#views);
    else this.#writeWhole(row, hasFloats);
  }

  #writeWhole(row: number, hasFloats: boolean): void {
    const writer = this.#writer;
    const values = this.#valuesOf(row);
    const begin = writer.length;
    this.#floats?.begin();
    writer.text(2, rowDigest(values));
    for (let i = values.length - 1; i >= 0; i--) {
      const [step, value] = [this.#steps[i] as Step, values[i] as FeatureValue];
      const before = writer.length;
      writer.bare(step.view < 0 ? requestEnd(value) : (this.#views[step.view] as ViewRow).end);
      const inner = writer.length;
      writeKind(writer, valueToProto(value).kind);
      this.#floats?.wrote(i);
      writer.head(1, inner);
      writer.head(1, before);
    }
    writer.head(2, begin);
    this.#floats?.end(hasFloats);
  }

  #valuesOf(row: number): readonly FeatureValue[] {
    return this.#steps.map(({ view, column, field }) =>
      view < 0 ? (this.#found.fields.get(field)?.[row] ?? null) : (this.#views[view]?.values()[column] ?? null),
    );
  }
}

/** Where a feature of the vector comes from. */
interface Step {
  /** Place among the views; -1 for a field of the request. */
  readonly view: number;
  /** Place among the values of the view's entries. */
  readonly column: number;
  /** Of the request. */
  readonly field: string;
}

/** Of plans in use, to be worked out once. */
const steps = new WeakMap<OnlinePlan, readonly Step[]>();

function stepsOf(plan: OnlinePlan): readonly Step[] {
  const known = steps.get(plan);
  if (known) return known;
  const made: Step[] = [];
  plan.views.forEach((it, view) => {
    for (const { index, column } of it.latest) made[index] = { view, column, field: "" };
  });
  for (const { index, name } of plan.requestFeatures) made[index] = { view: -1, column: -1, field: name };
  steps.set(plan, made);
  return made;
}

/** What a view has about one row after the other. */
class ViewRow {
  readonly #view: PlannedView;
  readonly #asOfNs: bigint;
  /** Undefined where nothing is known, or only what is too old. */
  entry: Uint8Array | undefined;
  /** What the features of the view have behind their values: status and times. */
  end: Uint8Array = MISSING;
  /** True if all values of the row are floats. */
  hasFloats = false;
  /** The memory in which the entry lies, and where its first value begins, behind its tag. */
  numbers: DataView = NO_NUMBERS;
  firstNumber = 0;
  #status = FeatureStatus.MISSING;
  #eventNs = 0n;
  #knowledgeNs = 0n;

  constructor(view: PlannedView, asOfNs: bigint) {
    this.#view = view;
    this.#asOfNs = asOfNs;
  }

  /** Goes on to another row. True if it has the same end as the one before. */
  take(entry: OnlineEntry | undefined): boolean {
    const eventNs = entry ? this.#eventOf(entry.value) : 0n;
    const status = this.#statusOf(entry, eventNs);
    const knowledgeNs = entry?.timeNs ?? 0n;
    this.entry = status === FeatureStatus.PRESENT ? entry?.value : undefined;
    this.hasFloats = this.entry !== undefined && areFloats(this.entry, this.#view.latestColumnCount);
    if (status === this.#status && eventNs === this.#eventNs && knowledgeNs === this.#knowledgeNs) return true;
    this.#status = status;
    this.#eventNs = eventNs;
    this.#knowledgeNs = knowledgeNs;
    this.end = entry ? endOf(status, eventNs, knowledgeNs) : MISSING;
    return false;
  }

  values(): readonly FeatureValue[] {
    return this.entry ? latestValues(this.entry, this.#view.latestColumnCount) : NO_VALUES;
  }

  #eventOf(entry: Uint8Array): bigint {
    this.numbers = memoryView(entry);
    this.firstNumber = entry.byteOffset + HEAD_BYTES + 1;
    return this.numbers.getBigInt64(entry.byteOffset, true);
  }
  #statusOf(entry: OnlineEntry | undefined, eventNs: bigint): FeatureStatus {
    if (!entry) return FeatureStatus.MISSING;
    const { ttlNs } = this.#view;
    return ttlNs !== undefined && this.#asOfNs - eventNs > ttlNs ? FeatureStatus.STALE : FeatureStatus.PRESENT;
  }
}

const NO_VALUES: readonly FeatureValue[] = [];
const NO_NUMBERS = new DataView(new ArrayBuffer(0));

function endOf(status: FeatureStatus, eventNs?: bigint, knowledgeNs?: bigint): Uint8Array {
  const writer = new BackwardWriter(END_BYTES_MAX);
  if (knowledgeNs !== undefined) writeTime(writer, 4, fromNs(knowledgeNs));
  if (eventNs !== undefined) writeTime(writer, 3, fromNs(eventNs));
  writer.whole(2, status);
  return writer.written();
}

/** A status, and two times of two heads and two numbers. */
const END_BYTES_MAX = 64;

const MISSING = endOf(FeatureStatus.MISSING);
const PRESENT = endOf(FeatureStatus.PRESENT);

const requestEnd = (value: FeatureValue): Uint8Array => (value === null ? MISSING : PRESENT);

/** Rows of floats: from the second one on each is a copy of the one before, with its own numbers and digest. */
class FloatRows {
  readonly #writer: BackwardWriter;
  readonly #steps: readonly Step[];
  /** The canonical bytes of a row, of which its digest is. */
  readonly #canonical: Uint8Array<ArrayBuffer>;
  readonly #numbers: DataView;
  /** Where the number of each feature begins: in the row before from its end, while it is written. */
  readonly #places: number[] = [];
  #before = 0;
  /** Bytes of the row before; 0 if that is no row of floats. */
  #size = 0;

  constructor(writer: BackwardWriter, steps: readonly Step[]) {
    this.#writer = writer;
    this.#steps = steps;
    this.#canonical = new Uint8Array(FLOAT64.size * steps.length);
    for (let i = 0; i < steps.length; i++) this.#canonical[FLOAT64.size * i] = FLOAT64.tag;
    this.#numbers = new DataView(this.#canonical.buffer);
  }

  /** True if the row before is one of floats. */
  get isBegun(): boolean {
    return this.#size > 0;
  }

  /** A row is written that is no copy. */
  begin(): void {
    this.#before = this.#writer.length;
  }
  /** The value of a feature of it was written: a tag of one byte stands before the number. */
  wrote(feature: number): void {
    this.#places[feature] = this.#writer.length - this.#before - 1;
  }
  end(hasFloats: boolean): void {
    const size = this.#writer.length - this.#before;
    for (let i = 0; i < this.#places.length; i++) this.#places[i] = size - (this.#places[i] as number);
    this.#size = hasFloats ? size : 0;
  }

  /** Writes the next row, whose ends are those of the one before. */
  again(views: readonly ViewRow[]): void {
    const writer = this.#writer;
    writer.again(this.#size);
    for (let i = 0; i < this.#steps.length; i++) {
      const { view, column } = this.#steps[i] as Step;
      const { numbers, firstNumber } = views[view] as ViewRow;
      const value = numbers.getFloat64(firstNumber + FLOAT64.size * column, true);
      writer.setDouble(this.#places[i] as number, value);
      this.#numbers.setFloat64(FLOAT64.size * i + 1, value, true);
    }
    const digits = digitsOfBytes(this.#canonical);
    writer.setAscii(this.#size - digits.length, digits);
  }
}
