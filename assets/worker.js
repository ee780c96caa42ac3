// The worker that has Keyboard Maestro do things: kmtop starts it as `osascript -l JavaScript -e <this text>` and speaks the worker
// protocol (docs/worker-protocol.md) with it over stdin and stdout.
//
// - What a job brings is data. No text of a job is ever made into code here, except by `run_applescript`, whose job that is.
// - Nothing but protocol lines goes to stdout.
// - This is one thread without an event loop: while a command runs, nothing is read. A `cancel` is not heard then, and the server
//   kills the process.
// - `Ref` and `Automation` are not used: they can take the process down.
(function () {
  ObjC.import('Foundation');
  ObjC.import('OSAKit');
  ObjC.import('stdlib');

  const VERSION = 1;
  const ENGINE = 'Keyboard Maestro Engine';
  const EDITOR = 'Keyboard Maestro';
  const UTF8 = 4;
  const LATIN1 = 5;
  // Compiled scripts that are kept; the one used longest ago goes.
  const MOST_SCRIPTS = 64;
  const UUID = /^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/i;

  const input = $.NSFileHandle.fileHandleWithStandardInput;
  const output = $.NSFileHandle.fileHandleWithStandardOutput;

  let nonce = '';
  // What the server says of the error numbers of Apple events.
  let errors = {};
  let asked = 0;

  // ---- lines

  // Bytes, one character each, of a line whose end has not come yet.
  let begun = [];
  const lines = [];

  // The next line, or null when stdin has ended. `availableData` gives what is in the pipe: half a line, several lines, half a
  // character. So bytes are kept as they are until their line is whole.
  function nextLine() {
    while (lines.length === 0) {
      const data = input.availableData;
      if (Number(data.length) === 0) return null;
      const parts = $.NSString.alloc.initWithDataEncoding(data, LATIN1).js.split('\n');
      begun.push(parts[0]);
      for (let part = 1; part < parts.length; part += 1) {
        lines.push(begun.join(''));
        begun = [parts[part]];
      }
    }
    const bytes = lines.shift();
    return /[\x80-\xff]/.test(bytes) ? decodeURIComponent(escape(bytes)) : bytes;
  }

  function receive() {
    const line = nextLine();
    if (line === null) $.exit(0);
    return JSON.parse(line);
  }

  // Half of a surrogate pair has no UTF-8: the bridge answers nil for the whole text, and the server could not read it. Engines write
  // it as it is or as an escape.
  function whole(json) {
    if (!/[\ud800-\udfff]|\\ud/.test(json)) return json;
    return json
      .replace(/[\ud800-\udbff][\udc00-\udfff]|[\ud800-\udfff]/g, (found) => (found.length === 2 ? found : '\ufffd'))
      .replace(/\\(?:u(d[89a-f][0-9a-f]{2})|[^])/g, (escape, half) => (half ? '\ufffd' : escape));
  }

  function send(message) {
    message.nonce = nonce;
    output.writeData($(whole(JSON.stringify(message)) + '\n').dataUsingEncoding(UTF8));
  }

  // Microseconds of a clock that never jumps.
  function now() {
    return Math.round(Number($.NSProcessInfo.processInfo.systemUptime) * 1e6);
  }

  // ---- failures

  function failed(code, message, outcome, hint) {
    return { failure: { code, message, outcome, hint } };
  }

  // A failure as the server is told of it. `outcome` is that of an error of which nothing else is known.
  function described(error, outcome) {
    if (error && error.failure) return error.failure;
    const message = error && error.message !== undefined ? String(error.message) : String(error);
    const number = error ? error.errorNumber : undefined;
    const known = number === undefined ? undefined : errors[String(number)];
    const text = number === undefined ? message : message + ' (' + number + ')';
    if (/no macros? .*(matching|found)|macros? .*not found/i.test(message)) {
      const hint = 'the macro and its group must be enabled, and the group active where you are';
      return { code: 'macro_inactive', message: 'Keyboard Maestro: ' + text, outcome: 'not-run', hint };
    }
    if (known) return { code: known.code, message: known.means + ': ' + text, outcome: known.outcome, hint: known.hint };
    return { code: 'engine_failed', message: 'Keyboard Maestro: ' + text, outcome };
  }

  function text(values, name) {
    if (typeof values[name] === 'string') return values[name];
    throw failed('bad_arguments', name + ' must be text', 'not-run');
  }

  function uuid(values) {
    const uid = text(values, 'uid');
    if (UUID.test(uid)) return uid;
    // Keyboard Maestro takes names and whole actions in the same place.
    throw failed('bad_arguments', 'uid must be a UUID', 'not-run');
  }

  // ---- Keyboard Maestro

  const applications = {};

  // An application, whose dictionary is read once. The engine is never started from here: who has it off has a reason.
  function application(name) {
    if (!applications[name]) applications[name] = Application(name);
    if (name === ENGINE && !applications[name].running()) {
      const known = errors['-600'] || {};
      throw failed(known.code || 'engine_not_running', ENGINE + ' is not running', 'not-run', known.hint);
    }
    return applications[name];
  }

  // Reads the engine's dictionary and sends it no event, so that nobody is asked for consent. It never fails: the server takes a worker
  // whose ping fails for a broken one.
  function ping() {
    try {
      return { running: application(ENGINE) !== null };
    } catch (error) {
      return { running: false, problem: described(error, 'not-run').message };
    }
  }

  function textOrNull(value) {
    return value === undefined || value === null ? null : String(value);
  }

  // Apple events tell no difference between a variable that is empty and one that is not set.
  function variable(engine, name) {
    return { name, value: textOrNull(engine.getvariable(name)) || null };
  }

  // An Apple event waits for two minutes, and only AppleScript can have it wait longer. The text is this one, always; what it is about
  // comes as arguments.
  const LONG_RUN = [
    'on main(words)',
    'with timeout of ((item 2 of words) as integer) seconds',
    'tell application "Keyboard Maestro Engine"',
    'if (count of words) is 3 then return do script (item 1 of words) with parameter (item 3 of words)',
    'return do script (item 1 of words)',
    'end tell',
    'end timeout',
    'end main',
  ].join('\n');
  // Milliseconds of a run from which on that way is taken.
  const LONG_MS = 110000;

  function runMacro(values, job, limit) {
    const uid = uuid(values);
    if (values.dry_run) {
      const outline = ask(job, 'outline', { uid });
      if (outline === null) throw failed('macro_not_found', 'there is no macro ' + uid, 'not-run');
      return { status: 'finished', outline: outline.outline };
    }
    const engine = application(ENGINE);
    const parameter = values.parameter;
    if (limit > LONG_MS) {
      const words = [uid, String(Math.ceil(limit / 1000))].concat(typeof parameter === 'string' ? [parameter] : []);
      return { status: 'finished', result: textOrNull(runAppleScript({ source: LONG_RUN, arguments: words }).result) };
    }
    const result = typeof parameter === 'string' ? engine.doScript(uid, { withParameter: parameter }) : engine.doScript(uid);
    return { status: 'finished', result: textOrNull(result) };
  }

  // The engine has no command that stops a macro, but an action. Nothing of it but the checked UUID comes from outside.
  function cancelMacro(values) {
    const action =
      '<dict><key>MacroActionType</key><string>Cancel</string><key>Action</key><string>CancelSpecificMacro</string>' +
      '<key>Instance</key><string>' + uuid(values) + '</string></dict>';
    application(ENGINE).doScript(action);
    return {};
  }

  function setVariable(values) {
    const name = text(values, 'name');
    const value = text(values, 'value');
    application(ENGINE).setvariable(name, { to: value });
    return { name, value: value === '%Delete%' ? null : value };
  }

  function getVariables(values) {
    const engine = application(ENGINE);
    if (!Array.isArray(values.names)) throw failed('bad_arguments', 'names must be a list', 'not-run');
    return { variables: values.names.map((name) => variable(engine, String(name))) };
  }

  // ---- AppleScript

  let language = null;
  const scripts = new Map();

  function compiled(source) {
    let script = scripts.get(source);
    if (script) {
      scripts.delete(source);
    } else {
      if (!language) {
        language = $.OSALanguageInstance.alloc.initWithLanguage($.OSALanguage.languageForName('AppleScript'));
      }
      script = $.OSAScript.alloc.initWithSourceFromURLLanguageInstanceUsingStorageOptions(source, null, language, 0);
      const error = $();
      if (!script.compileAndReturnError(error)) throw scriptFailure(error, 'not-run');
    }
    scripts.set(source, script);
    if (scripts.size > MOST_SCRIPTS) scripts.delete(scripts.keys().next().value);
    return script;
  }

  function scriptFailure(error, outcome) {
    const about = ObjC.deepUnwrap(error) || {};
    const find = (name) => (about['OSAScript' + name] === undefined ? about['NSAppleScript' + name] : about['OSAScript' + name]);
    const message = String(find('ErrorMessage') || find('ErrorBriefMessage') || 'the script failed');
    const number = find('ErrorNumber');
    const known = number === undefined ? undefined : errors[String(number)];
    const told = number === undefined ? message : message + ' (' + number + ')';
    return failed(known ? known.code : 'script_failed', told, known ? known.outcome : outcome, known ? known.hint : undefined);
  }

  // A result as plain data. What has no text of its own, such as a record, is null.
  function plain(descriptor) {
    if (descriptor.isNil()) return null;
    const count = Number(descriptor.numberOfItems);
    if (count === 0) return textOrNull(ObjC.unwrap(descriptor.stringValue));
    const items = [];
    for (let item = 1; item <= count; item += 1) items.push(plain(descriptor.descriptorAtIndex(item)));
    return items;
  }

  function runAppleScript(values) {
    const script = compiled(text(values, 'source'));
    const error = $();
    const given = values.arguments;
    const result = Array.isArray(given)
      ? script.executeHandlerWithNameArgumentsError('main', [given.map(String)], error)
      : script.executeAndReturnError(error);
    if (result.isNil() && !error.isNil()) throw scriptFailure(error, 'failed');
    return { result: plain(result) };
  }

  // ---- jobs

  // Each operation with what an error of it means for the work, when nothing more is known.
  const operations = {
    ping: [ping, 'not-run'],
    run_macro: [runMacro, 'failed'],
    cancel_macro: [cancelMacro, 'unknown'],
    get_variable: [(values) => variable(application(ENGINE), text(values, 'name')), 'not-run'],
    get_variables: [getVariables, 'not-run'],
    set_variable: [setVariable, 'unknown'],
    calculate: [(values) => ({ result: String(application(ENGINE).calculate(text(values, 'expression'))) }), 'not-run'],
    process_tokens: [(values) => ({ result: String(application(ENGINE).processTokens(text(values, 'text'))) }), 'not-run'],
    set_macro_enabled: [
      (values) => {
        application(EDITOR).setMacroEnable(uuid(values), { enable: values.enabled === true });
        return { enabled: values.enabled === true };
      },
      'unknown',
    ],
    delete_macro: [
      (values) => {
        application(EDITOR).deleteMacro(uuid(values));
        return {};
      },
      'unknown',
    ],
    run_applescript: [runAppleScript, 'failed'],
  };

  // Asks the server, which answers at once.
  function ask(job, about, values) {
    asked += 1;
    send({ type: 'ask', id: job, ask: asked, about, arguments: values });
    for (;;) {
      const message = receive();
      if (message.type === 'answer' && message.ask === asked) return message.answer;
      if (message.type === 'cancel' && message.id === job) throw failed('cancelled', 'the run was cancelled', 'not-run');
    }
  }

  function work(job) {
    const began = now();
    const spent = () => Math.max(0, now() - began);
    const operation = Object.prototype.hasOwnProperty.call(operations, job.operation) ? operations[job.operation] : null;
    try {
      if (!operation) {
        const hint = 'Apple events do not offer it; what Keyboard Maestro keeps in files is read from there';
        throw failed('unknown_operation', 'this worker has no operation ' + job.operation, 'not-run', hint);
      }
      send({ type: 'result', id: job.id, value: operation[0](job.arguments, job.id, job.deadline_ms), own_us: spent() });
    } catch (error) {
      send({ type: 'error', id: job.id, error: described(error, operation ? operation[1] : 'not-run'), own_us: spent() });
    }
  }

  const hello = receive();
  nonce = hello.nonce;
  errors = (hello.settings && hello.settings.errors) || {};
  send({ type: 'hello', version: VERSION, name: 'kmtop on osascript', operations: Object.keys(operations) });
  for (;;) {
    const message = receive();
    // A cancel that comes between two jobs came too late.
    if (message.type === 'run') work(message);
  }
})();
