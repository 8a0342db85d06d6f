"""The filters and orders that oracle.py asks MLflow: fields times tests, and forms written by hand, right and wrong."""

TESTS = [
    "= 'x'", "!= 'x'", '= "x"', "> 1", ">= 0.5", "< -1", "<= 1e-3", "= 1", "!= 1", "> '1'", "= '5'",
    "LIKE 'x%'", "like '%_x'", "ILIKE 'X%'", "NOT LIKE 'x%'", "IN ('x', 'y')", 'in ("x")', "NOT IN ('x')", "IN (1, 2)", "IN ()",
    "IS NULL", "is not null", "== 'x'", "<> 'x'", "= x", "= null", "= ('x')", "RLIKE 'x'",
]  # fmt: skip

FIELDS = {
    "runs": [
        "metrics.a", "params.lr", "tags.team", "run_name", "attributes.status", "attr.user_id", "run.run_id", "start_time",
        "attributes.end_time", "Created", "artifact_uri", "dataset.name", "datasets.digest", "dataset.context", "dataset.source", "foo.bar",
    ],
    "experiments": ["name", "attribute.name", "attributes.name", "creation_time", "experiment_id", "tags.team", "metrics.a", "nosuch"],
    "logged_models": ["name", "attributes.model_id", "model_type", "source_run_id", "creation_time", "metrics.a", "params.lr", "tags.team", "dataset.name"],
    "registered_models": ["name", "attribute.name", "tags.team", "`name`", "creation_timestamp", "params.lr"],
    "model_versions": ["name", "run_id", "source_path", "version_number", "attribute.version_number", "tags.stage", "tag.stage", "creation_timestamp", "metrics.a"],
}  # fmt: skip

# Forms that all dialects read alike; F is a text field of the dialect.
FORMS = [
    "", "F = 'x' AND F = 'y'", "F = 'x' and F != 'y'", "F = 'x' And F = \"y\"", "F = 'x' OR F = 'y'", "NOT F = 'x'", "(F = 'x')",
    "F = 'x' AND (F = 'y')", "F = 'x' F = 'x'", "F = 'x' AND", "AND F = 'x'", "F = 'x' AND AND F = 'x'", "F = 'x', F = 'y'",
    "F = 'x';", "F = 'x'; F = 'y'", "F = 'x' -- c", "F = 'x' /* c */", "/* c */ F = 'x'", "F = 'x' && F = 'y'", "F", "F =", "= 'x'",
    "F = 'x", "F = \"x", "F = x'", "'x' = F", "'x' = 'x'", "1 = 1", "F = 'it''s'", "F = \"it's\"", "F = 'it\\'s'", "F = 'a\\b'", "F = 'a\\'",
    "F = ''", 'F = ""', "F = `x`", "F='x'", "F  =  'x'", "\tF\n=\n'x'\n", " F = 'x' ", "F ! = 'x'", "F LIKE '%'", "F LIKE ''", "F LIKE '_'",
    "F LIKE 'x'", "F LIKE '%x%'", "F LIKE '_%_'", "F ILIKE 'IT''S'", "F ILIKE '%S'", "F LIKE '%\\%'", "F Like 'x%'", "F = N'x'", "F = E'x'", "F = 'x' 'y'",
    "F = 'x' || 'y'", "F = 'x'::text", "F = ?", "F = :x", "F = $1", "F = @x", "F BETWEEN 'a' AND 'b'", "F NOT NULL", "F IS 'x'", "F IS NOT 'x'",
    "F REGEXP '(a+)+$'", "F ~ 'x'", "$where = 'x'", "F = {'$gt': ''}", "F = 'x' UNION SELECT 1", "1; DROP TABLE runs", "F = '日本'", "F AS b = 'x'",
]  # fmt: skip

TEXT_FIELDS = {
    "runs": ["tags.team", "run_name"],
    "experiments": ["name", "tags.team"],
    "logged_models": ["tags.team"],
    "registered_models": ["name", "tags.team"],
    "model_versions": ["source_path", "tags.stage"],
}

KEYS = [
    "tags.a.b", "tags.`a.b`", 'tags."a.b"', "tags.'a.b'", "tag.`team`", "`tags`.team", '"tags".team', "tags.`a b`", "tags.a b", "tags.a-b", "tags.a/b", "tags.1a",
    "tags.1", "tags.team.", "tags.", "tags..a", ".team", "tags. team", "tags .team", "tags.`a`.`b`", "tags.a.`b c`", "tags.from", "tags.select", "tags.order",
    "tags.key", "tags.ä", "tags.日本", "tags._a", "tags.a$b", "tags.a#b", "tags.a@b", "tags.a:b", "tags.*", "tags.a[0]", "tags.a(b)", "tags.`a", "tags.a`b", "Tags.team",
    "TAGS.team", "tags.and", "tags.like", "tags.in", "tags.is", "tags.null", "tags.not", "tags.or", "tags.`a\"b`", "tags.\"a`b\"", "tags.E'a'", "tags.constructor", "__proto__", "toString",
]  # fmt: skip

NUMBERS = [
    "0", "1", "-1", "+1", "- 1", "1.", ".5", "-.5", "1e5", "1E5", "1e-3", "1e+5", "1.5e-3", "1e400", "0x1F", "1_000", "nan", "inf", "NaN", "1.5.5", "1,5", "1 + 1", "(1)",
    "1a", "00012", "5e-324", "9007199254740993", "null", "true", "'1'", '"1"', "`1`", "''", "a", "?", "1AND metrics.b > 0", "",
]  # fmt: skip

LISTS = [
    "('RUN0')", "('RUN0', 'RUN1')", "('RUN0','RUN1',)", '("RUN0", \'RUN1\')', "( 'RUN0' )", "('RUN0' 'RUN1')", "('RUN0''RUN1')", "(RUN0)", "(`RUN0`)",
    "('RUN0'", "'RUN0'", "('RUN0',,'RUN1')", "(,)", "(('RUN0', 'RUN1'))", "('RUN0', 1)", "('\\x52UN0')", "('it\\'s')", '("it\'s")', "('a\\nb')", "('a\\\\', 'b')", "(null)", "(NULL, 'RUN0')",
]  # fmt: skip

RUN_FORMS = [
    *[f"{key} = 'x'" for key in KEYS],
    *[f"metrics.a {operator} {number}" for number in NUMBERS for operator in [">"]],
    *[f"start_time >= {number}" for number in ["0", "2000", "2000.5", "-1", "'2000'", "2e3", "1.", "a", "null"]],
    *[f"run_id {word} {values}" for values in LISTS for word in ["IN", "NOT IN"]],
    *[f"dataset.name IN {values}" for values in ["('iris')", "('it\\'s')", '("it\'s", \'mnist\')', "(\"it's\",)", "()", "(1)"]],
    "metrics.a>1", "metrics.a>=-1", "metrics.a!=1", "metrics.`val loss` < 1", 'metrics."val loss" < 1', "metrics.val loss < 1", "metrics.f1(x) > 1", "metrics.`f1(x)` > 1",
    "metric.a = 0", "param.lr = '0.1'", "parameter.lr = '0.1'", "parameters.lr = '0.1'", "params.LR = '0.1'", "params.`opt name` = 'adam'", "params.lr = 0.1", "params.lr > 0.05",
    "metrics.a > 0 AND params.lr = '0.1' AND tags.team = 'x' AND run_name = 'first' AND start_time < 5000", "metrics.a > 0 metrics.b > 0", "metrics.a > 0 AND metrics.b > 0",
    "attributes.`run name` = 'same'", "`run name` = 'same'", "`Run Name` = 'same'", '"Run name" = \'same\'', "run name = 'same'", "created > 2000", "Created <= 2000",
    "attributes.start_time > 2000 and attributes.end_time < 9000", "end_time > 1", "dataset.name = 'iris' AND dataset.context = 'train'", "dataset.name LIKE 'm%'",
    "dataset.name != 'iris'", "dataset.name NOT IN ('iris')", "dataset.context ILIKE 'TRAIN'", "dataset.digest IN ('d1', 'd5') AND metrics.a >= 0", "run_name LIKE '%\\_x'", "run_name LIKE 'sixth%'",
    "run_name ILIKE 'FO%'", "run_name = ''", "user_id != ''", "lifecycle_stage = 'active'", "experiment_id = '1'", "status = 'finished'", "status IN ('FINISHED')", "timestamp > 1",
    "tags.`a\\` = 'x' AND tags.`b` = 'y'", "tags.`mlflow.runName` = 'first'", "tags.mlflow.runName = 'first'", "tags.team IS NULL AND params.lr IS NOT NULL", "params.lr is null", "tags.team IS  NOT  NULL", "tags.team IS NOT NULL AND metrics.a > 0",
    "tags.quote = 'a \"b\"'", 'tags.quote = "a ""b"""', "metrics.a > 1 IS NULL", "metrics.a < 1 < 2", "metrics.a = metrics.b", "metrics = 1", "params > '1'", "attributes > 1", "attributes.metrics.a > 1",
]  # fmt: skip


def per_dialect(dialect):
    cross = [f"{field} {test}" for field in FIELDS[dialect] for test in TESTS]
    forms = [form.replace("F", field) for field in TEXT_FIELDS[dialect] for form in FORMS]
    return [*cross, *forms]


FILTERS = {
    "runs": [*per_dialect("runs"), *RUN_FORMS],
    "experiments": [
        *per_dialect("experiments"), "experiment_id = '1'", "experiment_id IN ('1', '2')", "experiment_id = 1", "experiment_id = 'a'", "experiment_id LIKE '1%'",
        "creation_time > 0 AND name = 'one'", "creation_time > 1.5", "tags.`a b` = 'z'", "tag.team ILIKE 'X'", "last_update_time >= 0", "attribute.`name` = 'one'",
    ],
    "logged_models": [
        *per_dialect("logged_models"), "name = 'm1'", "metrics.a > 0.4", "metrics.a > 4", "metrics.`a` > 1", "params.lr = '0.1' AND tags.team = 'x'", "name LIKE 'm%'", "name ILIKE 'M%'", "model_id IN ('MODEL0')",
        "params.lr IN ('0.1', '0.2')", "tags.team NOT IN ('x')", "creation_timestamp > 0", "last_updated_timestamp > 0", "last_updated_time > 0", "creation_timestamp_ms > 0", "model_type = 'onnx'", "metrics.b >= 1",
    ],
    "registered_models": [*per_dialect("registered_models"), "name = 'alpha'", "name LIKE 'a%'", "name ILIKE 'a%'", "name IN ('alpha', 'beta')", "tags.`a b` = 'z' AND name = 'beta'", "tag.team = 'x'", "tags.team = 'x' AND tags.team != 'y'"],
    "model_versions": [
        *per_dialect("model_versions"), "name = 'alpha'", "name = 'alpha' AND version_number > 1", "version_number > '9'", "version_number = 'a'", "version_number = 1.5", "version_number IN ('1')", "run_id IN ('run1', 'run2')",
        "run_id = 'run1' AND tags.stage = 's1'", "source_path LIKE 'store/%'", "source_path IN ('store/alpha/0')", "name NOT IN ('alpha')", "version_number >= 2 AND name ILIKE 'GAMMA%'",
    ],
}  # fmt: skip

ORDERS = {
    "runs": [
        ["metrics.a"], ["metrics.a ASC"], ["metrics.a DESC"], ["metrics.a desc"], ["metrics.`val loss` DESC"], ['metrics."val loss"'], ["metric.b"], ["params.lr"], ["params.lr DESC"], ["tags.team"], ["tags.team DESC"],
        ["start_time"], ["start_time ASC", "run_id DESC"], ["attributes.start_time DESC"], ["attributes.end_time"], ["end_time DESC"], ["run_name", "metrics.a DESC"], ["attribute.run_name DESC"], ["Created"], ["created DESC"],
        ["run_id"], ["status", "user_id DESC"], ["metrics.b DESC", "metrics.a"], ["`metrics.a` DESC"], ["`metrics.a`"], ['"metrics.a" DESC'], ["metrics.a foo"], ["metrics.a DESC NULLS LAST"], ["metrics.a, metrics.b"], ["nosuch"],
        ["foo.bar"], ["dataset.name"], ["metrics.a", "metrics.a DESC"], ["attributes.nosuch DESC"], ["METRICS.a"], [""], [" "], ["DESC"], ["metrics.a ASC DESC"], ["'metrics.a'"], ["1"], ["metrics.val loss"], ["run name"], ["`run name`"],
        ["metrics.nosuch"], ["timestamp"], ["start_time DESC", "metrics.a ASC"], ["metrics. a"], ["lifecycle_stage"], ["artifact_uri DESC"], ["tags.`a.b` DESC"], ["tags.a.b"],
    ],
    "experiments": [["name"], ["name DESC"], ["creation_time"], ["creation_time DESC"], ["last_update_time", "name"], ["experiment_id"], ["attribute.name DESC"], ["attributes.name"], ["tags.team"], ["metrics.a"], ["nosuch"], ["name, creation_time"], ["name foo"]],
    "logged_models": [
        [{"field_name": "name"}], [{"field_name": "name", "ascending": False}], [{"field_name": "metrics.a"}], [{"field_name": "metrics.a", "ascending": False}], [{"field_name": "metrics.a", "dataset_name": "iris"}],
        [{"field_name": "metrics.a", "dataset_name": "iris", "dataset_digest": "d1", "ascending": False}], [{"field_name": "metrics.b"}, {"field_name": "name"}], [{"field_name": "creation_timestamp"}], [{"field_name": "creation_time", "ascending": False}],
        [{"field_name": "last_updated_timestamp"}], [{"field_name": "model_type"}], [{"field_name": "model_type", "ascending": False}], [{"field_name": "model_id"}], [{"field_name": "source_run_id"}, {"field_name": "name"}], [{"field_name": "nosuch"}], [{"field_name": "foo.a"}],
    ],
    "registered_models": [["name"], ["name DESC"], ["timestamp"], ["timestamp DESC"], ["last_updated_timestamp"], ["last_updated_timestamp DESC", "name DESC"], ["timestamp foo"], ["nosuch"], ["name foo"], ["tags.team"], ["name", "name DESC"], ["timestamp asc"]],
    "model_versions": [["name"], ["name DESC"], ["version_number"], ["version_number DESC"], ["name DESC", "version_number"], ["creation_timestamp"], ["creation_timestamp DESC"], ["last_updated_timestamp DESC"], ["attribute.name"], ["run_id"], ["tags.stage"], ["nosuch"], ["name foo"], ["version_number", "version_number"]],
}  # fmt: skip
