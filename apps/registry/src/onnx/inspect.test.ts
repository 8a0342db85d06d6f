import { readFileSync } from "node:fs";
import { BinaryReader } from "@bufbuild/protobuf/wire";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { floats, graph, inspected, modelBytes, problemsOf, type TensorInit, weight } from "./crafted-models.ts";
import { inspectOnnx } from "./inspect.ts";
import { ONNX_LIMITS } from "./limits.ts";

const fixture = (name: string): Uint8Array => readFileSync(new URL(`../../fixtures/${name}.onnx`, import.meta.url));
const external = {
  dataLocation: 1,
  rawData: new Uint8Array(),
  externalData: [{ key: "location", value: "../secret" }],
};
const problemsOfGraph = (changes: Parameters<typeof graph>[0]) => problemsOf(modelBytes({ graph: graph(changes) }));
const problemsOfWeight = (changes: TensorInit) => problemsOfGraph({ initializer: [weight(changes)] });

describe("what is read from a sound model", () => {
  test("the signature and the facts of a trained classifier", () => {
    expect(inspected(fixture("line"))).toEqual({
      kind: "accepted",
      facts: {
        signature: {
          inputs: [{ name: "X", datatype: "FP32", shape: [-1, 3] }],
          outputs: [
            { name: "label", datatype: "INT64", shape: [-1] },
            { name: "probabilities", datatype: "FP32", shape: [-1, 2] },
          ],
        },
        onnx: {
          irVersion: 8,
          opsets: { "": 18, "ai.onnx.ml": 1 },
          operators: { "ai.onnx.ml:LinearClassifier": 1 },
          producer: "skl2onnx 1.20.0",
          parameterCount: 0,
        },
      },
    });
  });

  test("constants count as parameters, and as no inputs even where the graph lists them", () => {
    const listed = graph({
      input: [
        { name: "x", type: floats("n", 2) },
        { name: "w", type: floats(2) },
      ],
    });
    expect(inspected(modelBytes({ graph: listed }))).toMatchObject({
      kind: "accepted",
      facts: { signature: { inputs: [{ name: "x" }] }, onnx: { parameterCount: 2, operators: { ":Add": 1 } } },
    });
  });
});

describe("what is refused", () => {
  test.each([
    ["no bytes", new Uint8Array(), "graph: there is no graph"],
    [
      "bytes of something else",
      new TextEncoder().encode("PK\u0003\u0004 not a model"),
      "model: it is not an ONNX file",
    ],
    ["a new format", modelBytes({ irVersion: 14n }), "ir_version: format 14"],
    ["no operator set", modelBytes({ opsetImport: [] }), "opset_import: the model names no operator set"],
    ["an operator set of the future", modelBytes({ opsetImport: [{ version: 27n }] }), "only 7 to 26"],
    [
      "an operator set of another vendor",
      modelBytes({ opsetImport: [{ version: 18n }, { domain: "com.microsoft.nchwc", version: 1n }] }),
      "code from outside",
    ],
    [
      "a newer version of the runtime's own set",
      modelBytes({ opsetImport: [{ version: 18n }, { domain: "com.microsoft", version: 2n }] }),
      'version 2 of "com.microsoft" is not accepted, only 1 to 1',
    ],
    [
      "metadata of a megabyte",
      modelBytes({ metadataProps: [{ key: "k", value: "x".repeat(1024 ** 2) }] }),
      "metadata_props: they have 1048577 bytes",
    ],
    ["a sequence of maps", fixture("zipmap"), "zipmap=False"],
  ])("%s", (_, bytes, told) => {
    expect(problemsOf(bytes).join("\n")).toContain(told);
  });

  test.each<[string, TensorInit, string]>([
    ["external data", external, 'in "../secret", outside the model file'],
    ["external data without its mark", { externalData: [{ key: "location", value: "x" }] }, "outside the model file"],
    ["external data without a location", { dataLocation: 1, rawData: new Uint8Array() }, "outside the model file"],
    ["a location that does not exist", { dataLocation: 2 }, "no location 2"],
    ["fewer raw bytes than elements", { dims: [3n] }, "it has 8 bytes, and the dimensions ask for 12"],
    [
      "more elements in a list",
      { rawData: new Uint8Array(), floatData: [1, 2, 3] },
      "it has 3 elements, and the dimensions ask for 2",
    ],
    [
      "elements in the list of another type",
      { rawData: new Uint8Array(), int64Data: [1n, 2n] },
      "its elements are in int64Data",
    ],
    ["elements given twice", { floatData: [1, 2] }, "given twice"],
    ["a negative dimension", { dims: [-1n] }, "a dimension of -1 is negative"],
    ["dimensions whose product overflows", { dims: [2n ** 40n, 2n ** 40n] }, "it is oversized"],
    ["more than fits in memory", { dims: [2n ** 33n] }, "it is oversized"],
    ["more texts than fit in memory", { dims: [2n ** 31n], dataType: 8 }, "it is oversized"],
    ["an element type that does not exist", { dataType: 99 }, "no element type 99"],
    ["texts as raw bytes", { dataType: 8 }, "texts cannot be raw bytes"],
  ])("a constant with %s", (_, changes, told) => {
    expect(problemsOfWeight(changes).join("\n")).toContain(told);
  });

  test("external data wherever a tensor can be", () => {
    const hidden = weight({ name: "h", ...external });
    const inner = { name: "inner", output: [{ name: "x" }], initializer: [hidden] };
    const nodeWith = (attribute: object) => ({
      opType: "Add",
      input: ["x", "w"],
      output: ["y"],
      attribute: [attribute],
    });
    const sparse = { values: hidden, indices: weight({ name: "i" }), dims: [2n] };
    const places = [
      graph({ node: [nodeWith({ t: hidden })] }),
      graph({ node: [nodeWith({ tensors: [hidden] })] }),
      graph({ node: [nodeWith({ sparseTensor: sparse })] }),
      graph({ node: [nodeWith({ sparseTensors: [sparse] })] }),
      graph({ node: [nodeWith({ g: inner })] }),
      graph({ node: [nodeWith({ graphs: [inner] })] }),
      graph({ sparseInitializer: [sparse] }),
    ];
    for (const place of places)
      expect(problemsOf(modelBytes({ graph: place })).join("\n")).toContain("outside the model");
    const functions = [{ name: "F", domain: "own", node: [nodeWith({ t: hidden })] }];
    expect(problemsOf(modelBytes({ functions })).join("\n")).toContain(
      "functions[0].node[0].attribute[0].t.external_data",
    );
  });

  test("the mark by which the runtime reads its own memory, in whatever field", () => {
    const bytes = modelBytes({ docString: "*/_ORT_MEM_ADDR_/*" });
    expect(problemsOf(bytes)[0]).toContain("_ORT_MEM_ADDR_");
  });

  test("names that nothing makes, and names that are made twice", () => {
    const add = { opType: "Add", input: ["x", "w"], output: ["y"] };
    expect(problemsOfGraph({ node: [{ ...add, input: ["x", "nowhere"] }] })[0]).toContain('"nowhere" is not declared');
    expect(problemsOfGraph({ output: [{ name: "gone", type: floats(1) }] })[0]).toContain('"gone" is not declared');
    expect(problemsOfGraph({ node: [add, add] })[0]).toContain('"y" is made twice');
  });

  test("graphs nested too deeply, and functions that call themselves", () => {
    type Nested = ReturnType<typeof graph>;
    const nest = (depth: number): Nested =>
      depth === 0 ? graph() : { node: [{ opType: "If", output: [], attribute: [{ name: "b", g: nest(depth - 1) }] }] };
    expect(problemsOf(modelBytes({ graph: graph({ node: [...(nest(17).node ?? [])] }) })).join("\n")).toContain(
      "nested more than 16 deep",
    );
    expect(problemsOf(modelBytes({ graph: nest(200) })).join("\n")).toContain("nested more than 100 deep");
    const call = (name: string) => [{ opType: name, domain: "own", output: ["o"] }];
    const functions = [
      { name: "A", domain: "own", node: call("B") },
      { name: "B", domain: "own", node: call("A") },
    ];
    expect(problemsOf(modelBytes({ functions })).join("\n")).toContain("calls itself");
  });

  test("every operator of the runtime's own set but the two that transforms compile to", () => {
    const opsetImport = [{ version: 18n }, { domain: "com.microsoft", version: 1n }];
    const model = (opType: string) =>
      modelBytes({
        opsetImport,
        graph: graph({ node: [{ opType, domain: "com.microsoft", input: ["x", "w"], output: ["y"] }] }),
      });
    for (const it of ["MurmurHash3", "Tokenizer"]) expect(inspected(model(it)).kind).toBe("accepted");
    for (const it of ["FusedMatMul", "murmurhash3", "Tokenizer2", "Attention", "WordConvEmbedding"])
      expect(problemsOf(model(it))).toEqual([
        `graph.node[0].op_type: the operator "com.microsoft:${it}" is not accepted: of "com.microsoft" only MurmurHash3 and Tokenizer are`,
      ]);
    const within = { opType: "Attention", domain: "com.microsoft", output: ["o"] };
    const branch = { opType: "If", output: [], attribute: [{ name: "b", g: { node: [within] } }] };
    const hidden = modelBytes({ opsetImport, graph: graph({ node: [...(graph().node ?? []), branch] }) });
    expect(problemsOf(hidden).join("\n")).toContain("graph.node[1].attribute[0].g.node[0].op_type");
    const functions = [{ name: "F", domain: "own", output: ["o"], node: [within] }];
    expect(problemsOf(modelBytes({ opsetImport, functions })).join("\n")).toContain("functions[0].node[0].op_type");
    const unimported = graph({ node: [{ opType: "Tokenizer", domain: "com.microsoft", input: ["x"], output: ["y"] }] });
    expect(problemsOfGraph(unimported)[0]).toContain("an operator set that the model imports");
  });

  test("everything that is wrong at once", () => {
    const bad = graph({
      initializer: [weight({ dims: [3n], ...external })],
      node: [{ opType: "Evil", domain: "com.evil", input: ["nowhere"], output: ["y"] }],
    });
    const told = problemsOf(modelBytes({ irVersion: 99n, opsetImport: [{ version: 1n }], graph: bad }));
    for (const path of [
      "ir_version",
      "opset_import[0]",
      "graph.initializer[0].external_data",
      "graph.node[0].domain",
      "graph.node[0].input[0]",
    ])
      expect(told.map((it) => it.slice(0, it.indexOf(": ")))).toContain(path);
  });

  test("a field that readers of protobuf would read in different ways", () => {
    // data_location (14) of a constant as a text instead of a number: some readers skip it, some read on elsewhere.
    const tensor = [0x08, 0x02, 0x10, 0x01, 0x72, 0x01, 0x01, 0x42, 0x01, 0x77];
    const graphBytes = [0x2a, tensor.length, ...tensor];
    const model = new Uint8Array([0x08, 0x0a, 0x3a, graphBytes.length, ...graphBytes]);
    expect(problemsOf(model)[0]).toContain("data_location is written as a value of another type");
  });
});

describe("broken files", () => {
  test.each(["line", "tree"])("%s cut at any byte is refused, but for cuts between two whole fields", (name) => {
    const whole = fixture(name);
    // What is left of such a cut is a message again; that it is not the file which was sent is for its digest to tell.
    const ends = fieldEnds(whole);
    for (let length = 0; length < whole.length; length++)
      if (inspected(whole.subarray(0, length)).kind === "accepted") expect(ends).toContain(length);
  });

  test("flipped, swapped and repeated bytes give a report and nothing else", () => {
    const whole = fixture("tree");
    const flips = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 8,
    });
    const limits = { ...ONNX_LIMITS, graphDepthMax: 4 };
    fc.assert(
      fc.property(flips, fc.nat(64), (changes, repeated) => {
        const bytes = new Uint8Array([...whole, ...whole.subarray(0, repeated)]);
        for (const [at, value] of changes) bytes[at] = value;
        const report = inspectOnnx(bytes, limits);
        if (report.kind === "refused") expect(report.problems.length).toBeGreaterThan(0);
      }),
      { numRuns: 2_000 },
    );
  });

  test("random bytes give a report and nothing else", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(inspected(bytes).kind).toBe("refused");
      }),
      { numRuns: 2_000 },
    );
  });
});

function fieldEnds(bytes: Uint8Array): readonly number[] {
  const reader = new BinaryReader(bytes);
  const ends: number[] = [];
  while (reader.pos < reader.len) {
    const [number, wire] = reader.tag();
    reader.skip(wire, number);
    ends.push(reader.pos);
  }
  return ends;
}
