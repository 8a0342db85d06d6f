import type { EventType } from "./record.ts";

/** Towards the sources, or towards what was made from them. */
export type Way = "UPSTREAM" | "DOWNSTREAM";

/** A node of the thread: an artifact by its digest, or an execution by its id. */
export interface LineageNode {
  readonly type: "artifact" | "execution";
  readonly id: string;
}

/** An edge of the thread. */
export interface LineageEdge {
  readonly digest: string;
  readonly executionId: string;
  readonly type: EventType;
  readonly role: string;
}

/** Where a walk reads the thread. */
export interface LineageGraph {
  /**
   * At most `limit` of the edges that lead from `nodes`, which are all of one type, in the given way; always the same
   * ones for the same graph.
   */
  edges(nodes: readonly LineageNode[], way: Way, limit: number): Promise<readonly LineageEdge[]>;
}

/** What a walk is asked for. */
export interface Walk {
  readonly graph: LineageGraph;
  /** The nodes to begin at; they are part of the answer. */
  readonly start: readonly LineageNode[];
  /**
   * `BOTH` joins the two one-way walks: ancestors and descendants of the start. It never turns round on its way, because
   * a source that everything was made from would bring in everything.
   */
  readonly direction: Way | "BOTH";
  /** Most edges between the start and a node. */
  readonly depth: number;
  /** Most nodes to reach. */
  readonly nodeLimit: number;
}

/** What a walk reached, nearest first. */
export interface Reached {
  readonly nodes: readonly LineageNode[];
  /** Every edge between the reached nodes that the walk saw, each once. */
  readonly edges: readonly LineageEdge[];
  /** True if there was more to reach behind a limit. */
  readonly truncated: boolean;
}

/** So many edges may be reached for each node: 5,000 nodes with theirs still fit into one message of 4 MiB. */
const EDGES_PER_NODE = 3;

/**
 * Walks the thread breadth first. Each node is expanded at most once for each way, so that cycles end, and one lookup is
 * made for each level, way and type of node.
 */
export async function walk({ graph, start, direction, depth, nodeLimit }: Walk): Promise<Reached> {
  const reached = reachedSoFar(nodeLimit);
  const first = start.filter((node) => reached.add(node));
  let frontiers = waysOf(direction).map((way) => expansion(way, first));
  for (let level = 0; frontiers.some(({ nodes }) => nodes.length > 0); level++) {
    // The level behind the last one is looked at too: only so it is known whether the depth cut something off.
    const beyond = level >= depth;
    const next: Expansion[] = [];
    for (const frontier of frontiers) next.push(await expand(graph, frontier, { reached, beyond }));
    if (beyond) break;
    frontiers = next;
  }
  return reached.answer();
}

/** The nodes that are to be expanded one way, and all that ever were. */
interface Expansion {
  readonly way: Way;
  readonly nodes: readonly LineageNode[];
  readonly seen: Set<string>;
}

const waysOf = (direction: Walk["direction"]): readonly Way[] =>
  direction === "BOTH" ? ["UPSTREAM", "DOWNSTREAM"] : [direction];

const expansion = (way: Way, nodes: readonly LineageNode[]): Expansion => ({
  way,
  nodes,
  seen: new Set(nodes.map(keyOf)),
});

async function expand(
  graph: LineageGraph,
  { way, nodes, seen }: Expansion,
  { reached, beyond }: { readonly reached: ReachedSoFar; readonly beyond: boolean },
): Promise<Expansion> {
  const next: LineageNode[] = [];
  for (const type of ["artifact", "execution"] as const) {
    const from = nodes.filter((node) => node.type === type);
    if (from.length === 0) continue;
    const left = reached.edgesLeft();
    const edges = await graph.edges(from, way, left + 1);
    if (edges.length > left) reached.cut();
    for (const edge of edges) {
      const to: LineageNode =
        type === "artifact" ? { type: "execution", id: edge.executionId } : { type: "artifact", id: edge.digest };
      if (beyond ? !reached.has(to) : !reached.add(to)) {
        reached.cut();
        continue;
      }
      reached.addEdge(edge);
      if (!seen.has(keyOf(to))) next.push(to);
      seen.add(keyOf(to));
    }
  }
  return { way, nodes: next, seen };
}

interface ReachedSoFar {
  /** Adds a node unless it is there or the limit is reached; true if it is there afterwards. */
  add(node: LineageNode): boolean;
  has(node: LineageNode): boolean;
  addEdge(edge: LineageEdge): void;
  edgesLeft(): number;
  /** Remembers that something was left out. */
  cut(): void;
  answer(): Reached;
}

function reachedSoFar(nodeLimit: number): ReachedSoFar {
  const nodes = new Map<string, LineageNode>();
  const edges = new Map<string, LineageEdge>();
  let truncated = false;
  const edgesLeft = () => nodeLimit * EDGES_PER_NODE - edges.size;
  return {
    add(node) {
      const key = keyOf(node);
      if (nodes.has(key)) return true;
      if (nodes.size >= nodeLimit) {
        truncated = true;
        return false;
      }
      nodes.set(key, node);
      return true;
    },
    has: (node) => nodes.has(keyOf(node)),
    addEdge(edge) {
      const key = JSON.stringify([edge.executionId, edge.digest, edge.type, edge.role]);
      if (edgesLeft() > 0) edges.set(key, edge);
    },
    edgesLeft,
    cut: () => {
      truncated = true;
    },
    answer: () => ({ nodes: [...nodes.values()], edges: [...edges.values()], truncated }),
  };
}

const keyOf = ({ type, id }: LineageNode): string => `${type} ${id}`;
