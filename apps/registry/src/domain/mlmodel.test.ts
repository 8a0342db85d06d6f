import fc from "fast-check";
import { expect, test } from "vitest";
import { readMlmodel } from "./mlmodel.ts";

const ONNX = `
artifact_path: model
flavors:
  onnx:
    code: null
    data: ./model.onnx
    onnx_version: 1.19.0
    providers:
    - CUDAExecutionProvider
    - CPUExecutionProvider
  python_function:
    data: model.onnx
    env: {conda: conda.yaml, virtualenv: python_env.yaml}
    loader_module: mlflow.onnx
mlflow_version: 3.17.2
model_id: m-0123456789abcdef
signature:
  inputs: '[{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 3]}}]'
  outputs: '[{"type": "double", "required": true}]'
  params: null
utc_time_created: '2026-11-21 12:00:00.123456'
`;

test("flavors, times, ids and the signature are read from a file of MLflow", () => {
  expect(readMlmodel(ONNX)).toEqual({
    facts: {
      flavors: ["onnx", "python_function"],
      mlflowVersion: "3.17.2",
      utcTimeCreated: "2026-11-21 12:00:00.123456",
      modelId: "m-0123456789abcdef",
      signatureJson: JSON.stringify({
        inputs: '[{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 3]}}]',
        outputs: '[{"type": "double", "required": true}]',
        params: null,
      }),
    },
    onnxPath: "model.onnx",
  });
});

test.each([
  ["", "no members"],
  ["- a\n- b", "no members"],
  ["a: [", "not YAML"],
  ["flavors: 7", "names no flavors"],
  [`a: &a [x]\nflavors: {p: {}}\nb: [${Array(500).fill("*a").join(",")}]`, "cannot be read"],
  ["\u0000\u0001", ""],
])("a file such as %j is told to be of no use", (text, problem) => {
  expect(readMlmodel(text)).toEqual({ problem: expect.stringContaining(problem) });
});

test("what makes things in other readers of YAML is text here, and no prototype is touched", () => {
  const hostile =
    "flavors: {sklearn: {}}\nmodel_id: !!python/object/apply:os.system ['true']\n__proto__: {polluted: yes}";
  expect(readMlmodel(hostile)).toMatchObject({ facts: { flavors: ["sklearn"], modelId: "" } });
  expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
});

test("files that would keep a reader busy are read or refused", () => {
  const wide = `flavors: {p: {}}\n${Array.from({ length: 10_000 }, (_, i) => `k${i}: 1`).join("\n")}`;
  expect(readMlmodel(wide)).toMatchObject({ facts: { flavors: ["p"] } });
  for (const [piece, times] of [
    ["[", 20_000],
    ["- ", 20_000],
    ["{a: b, ", 60_000],
  ] as const)
    expect(readMlmodel(piece.repeat(times))).toHaveProperty("problem");
});

test("any text is answered", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(..."a:-[]{}&*!|>'\"#%@`\n \t,?flavors") }), (text) => {
      const read = readMlmodel(text);
      expect("facts" in read || "problem" in read).toBe(true);
    }),
  );
});
