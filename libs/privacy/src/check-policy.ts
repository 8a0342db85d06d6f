import { DomainError, type FieldViolation } from "@throughline/kernel";
import { demandProblems } from "./anonymity-demand.ts";
import { noiseProblem } from "./noise.ts";
import { type ColumnRule, EVERY_PURPOSE, type PrivacyPolicy, type Treatment } from "./policy.ts";

const COLUMNS_MAX = 5_000;
const EDGES_MAX = 1_000;
const HIERARCHY_VALUES_MAX = 100_000;
const ROWS_PER_CLASS_MAX = 1_000_000;

/**
 * Checks a policy as a whole and names everything that is wrong with it.
 *
 * @throws DomainError invalid PRIVACY_POLICY.
 */
export function checkPolicy(policy: PrivacyPolicy): void {
  const names = policy.columns.map((it) => it.column);
  const violations = [
    ...policy.columns.flatMap((rule, i) => ruleProblems(rule, `columns[${i}]`)),
    ...names.flatMap((it, i) =>
      names.indexOf(it) < i ? [{ path: `columns[${i}].column`, description: `${it} is there twice` }] : [],
    ),
    ...limits(policy),
    ...demandProblems(policy.demand),
  ];
  if (violations.length === 0) return;
  const text = violations.map((it) => `${it.path}: ${it.description}`).join("; ");
  throw new DomainError("invalid", "PRIVACY_POLICY", `The privacy policy cannot be used. ${text}`, { violations });
}

function limits({ columns, rowsPerClassMin }: PrivacyPolicy): readonly FieldViolation[] {
  const wrong: FieldViolation[] = [];
  if (columns.length > COLUMNS_MAX) wrong.push({ path: "columns", description: `at most ${COLUMNS_MAX}` });
  if (rowsPerClassMin !== undefined && !wholeWithin(rowsPerClassMin, 1, ROWS_PER_CLASS_MAX))
    wrong.push({ path: "rowsPerClassMin", description: `a whole number from 1 to ${ROWS_PER_CLASS_MAX}` });
  return wrong;
}

function ruleProblems(rule: ColumnRule, path: string): readonly FieldViolation[] {
  return rule.uses.flatMap(({ purposes, treatment }, i) => {
    const at = `${path}.uses[${i}]`;
    const wrong: FieldViolation[] = [];
    if (purposes.length === 0) wrong.push({ path: `${at}.purposes`, description: "at least one purpose" });
    if (rule.class === "identifier" && treatment.kind === "keep" && purposes.includes(EVERY_PURPOSE))
      wrong.push({
        path: `${at}.purposes`,
        description: `an identifier is never kept for every purpose. Name the purposes that need ${rule.column} as it is`,
      });
    const problem = treatmentProblem(treatment);
    return problem === undefined ? wrong : [...wrong, { path: `${at}.treatment`, description: problem }];
  });
}

/** What is wrong with a treatment by itself; undefined if nothing is. */
function treatmentProblem(treatment: Treatment): string | undefined {
  switch (treatment.kind) {
    case "pseudonym":
      return treatment.domain === "" ? "domain says what kind of thing is named" : undefined;
    case "format_preserving":
      return alphabetProblem(treatment.alphabet, treatment.domain);
    case "range":
      return edgesProblem(treatment.edges);
    case "prefix":
      return wholeWithin(treatment.characters, 0, 1_000) ? undefined : "characters is a whole number from 0 to 1,000";
    case "hierarchy":
      return hierarchyProblem(treatment);
    case "laplace":
    case "gaussian":
      return noiseProblem(treatment, false);
    default:
      return undefined;
  }
}

function alphabetProblem(alphabet: string, domain: string): string | undefined {
  const letters = [...alphabet];
  if (letters.length < 2 || letters.length > 65_536 || new Set(letters).size !== letters.length)
    return "alphabet has 2 to 65,536 characters, each once";
  return domain === "" ? "domain says what kind of thing is named" : undefined;
}

function edgesProblem(edges: readonly number[]): string | undefined {
  if (edges.length === 0 || edges.length > EDGES_MAX) return `edges are 1 to ${EDGES_MAX} numbers`;
  const rising = edges.every((it, i) => Number.isFinite(it) && (i === 0 || it > (edges[i - 1] ?? it)));
  return rising ? undefined : "edges are finite and rise";
}

function hierarchyProblem({ table, level }: Extract<Treatment, { kind: "hierarchy" }>): string | undefined {
  if (!wholeWithin(level, 1, 20)) return "level is a whole number from 1 to 20";
  const count = Object.keys(table).length;
  return count > HIERARCHY_VALUES_MAX ? `table has ${count} values, at most ${HIERARCHY_VALUES_MAX}` : undefined;
}

const wholeWithin = (value: number, low: number, high: number): boolean =>
  Number.isInteger(value) && value >= low && value <= high;
