"""A minimal kmtop worker: plain arithmetic, and macros that only say their name."""
import ast, json, operator, os, sys, time

lines = sys.stdin.buffer
out = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)  # a stray print goes to the log, not into the protocol
OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}

class Failed(Exception):
    def __init__(self, code, message, outcome="not-run"):
        self.error = {"code": code, "message": message, "outcome": outcome}

def send(type, **fields):
    out.write(json.dumps({"type": type, "nonce": nonce, **fields}) + "\n")
    out.flush()

def receive():
    line = lines.readline()
    return json.loads(line) if line else sys.exit(0)  # the end of stdin: leave

def ask(job, about, **arguments):
    send("ask", id=job, ask=job, about=about, arguments=arguments)
    while (line := receive())["type"] != "answer":
        if line["type"] == "cancel":
            raise Failed("cancelled", "the run was cancelled")
    return line["answer"]

def number(node):
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return node.value
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        return OPERATORS[type(node.op)](number(node.left), number(node.right))
    raise Failed("bad_arguments", "only numbers and + - * / are known here")

def calculate(job, arguments):
    try:
        return {"result": str(number(ast.parse(arguments["expression"], mode="eval").body))}
    except (SyntaxError, ZeroDivisionError) as error:
        raise Failed("bad_arguments", str(error))

def run_macro(job, arguments):
    macro = ask(job, "macro", uid=arguments["uid"])
    if macro is None:
        raise Failed("macro_not_found", f"there is no macro {arguments['uid']}")
    if arguments["dry_run"]:
        return {"status": "finished", "outline": macro["name"]}
    return {"status": "finished", "result": f"{macro['name']}: {arguments['parameter']}"}

OPERATIONS = {"ping": lambda job, arguments: {}, "calculate": calculate, "run_macro": run_macro}
hello = receive()
nonce = hello["nonce"]
send("hello", version=1, name="minimal worker", operations=list(OPERATIONS))
while True:
    request = receive()
    if request["type"] != "run":  # a cancel that came too late
        continue
    began, job = time.monotonic(), request["id"]
    spent = lambda: int((time.monotonic() - began) * 1_000_000)
    try:
        if request["operation"] not in OPERATIONS:
            raise Failed("unknown_operation", f"this worker has no operation {request['operation']}")
        send("result", id=job, value=OPERATIONS[request["operation"]](job, request["arguments"]), own_us=spent())
    except Failed as failure:
        send("error", id=job, error=failure.error, own_us=spent())
