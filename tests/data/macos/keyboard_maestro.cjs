// A stand-in of Keyboard Maestro as scripts see it. What it holds is in the JSON file that KM_STAND_IN names, or in
// keyboard_maestro.json of the home in KMTOP_HOME, and all workers share it; without such a file it has nothing.
//
//   {"running": true, "variables": {"Total": "5"}, "macros": {"UUID": {"result": "text", "error": -1712, "sleep_ms": 10}},
//    "errors": {"getvariable": -1743}, "silent": false, "log": ["doScript …"]}
'use strict';
const fs = require('node:fs');
const path = require('node:path');

const MESSAGES = {
  '-600': "Application isn't running.",
  '-609': 'Connection is invalid.',
  '-1712': 'AppleEvent timed out.',
  '-1719': "Can't get object.",
  '-1728': "Can't get object.",
  '-1743': 'Not authorized to send Apple events to Keyboard Maestro Engine.',
  '-1744': 'The user has not given consent yet.',
  '-10004': 'A privilege violation occurred.',
  '-25211': 'osascript is not allowed assistive access.',
};

// The file's state; a lock makes each change whole.
function change(work) {
  const file = process.env.KM_STAND_IN || path.join(process.env.KMTOP_HOME || '/nonexistent', 'keyboard_maestro.json');
  if (!fs.existsSync(file)) return work({ running: true, variables: {}, macros: {}, log: [] });
  const lock = `${file}.lock`;
  for (;;) {
    try {
      fs.closeSync(fs.openSync(lock, 'wx'));
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
  }
  try {
    const state = { running: true, variables: {}, macros: {}, log: [], ...JSON.parse(fs.readFileSync(file, 'utf8')) };
    const answer = work(state);
    // Put in place whole: tests read it at any time.
    fs.writeFileSync(`${file}.new`, JSON.stringify(state));
    fs.renameSync(`${file}.new`, file);
    return answer;
  } finally {
    fs.unlinkSync(lock);
  }
}

function fail(number, message) {
  const error = new Error(message || MESSAGES[String(number)] || 'An error occurred.');
  error.errorNumber = number;
  throw error;
}

function key(variables, name) {
  return Object.keys(variables).find((known) => known.toLowerCase() === name.toLowerCase());
}

function commands(pause) {
  const engine = {
    getvariable: (state, name) => state.variables[key(state.variables, name)] ?? '',
    setvariable: (state, name, { to }) => {
      const known = key(state.variables, name) ?? name;
      if (to === '%Delete%') delete state.variables[known];
      else state.variables[known] = to;
    },
    calculate: (state, expression) => {
      if (!/^[0-9+*() -]+$/.test(expression)) fail(-1700, "Can't make that into a number.");
      return String(Function(`return ${expression}`)());
    },
    processTokens: (state, text) => text.replace(/%Variable%([^%]+)%/g, (_, name) => state.variables[name] ?? ''),
    doScript: (state, script) => {
      if (script.startsWith('<')) return undefined;
      const found = state.macros[script];
      if (!found) fail(-2700, 'Keyboard Maestro Engine got an error: found no macros with a matching name');
      if (found.error) fail(found.error);
      return found.result;
    },
  };
  const editor = { setMacroEnable: () => undefined, deleteMacro: () => undefined };
  return { 'Keyboard Maestro Engine': engine, 'Keyboard Maestro': editor };
}

exports.applications = (pause) => (name) => {
  const known = commands(pause)[name];
  if (!known) fail(-2700, "Application can't be found.");
  return new Proxy(function () {}, {
    get(_, command) {
      if (command === 'running') return () => change((state) => state.running);
      return (...given) => {
        const wait = change((state) => (command === 'doScript' && state.macros[given[0]] ? state.macros[given[0]].sleep_ms : 0));
        if (!known[command]) fail(-1708, 'Message not understood.');
        const answer = change((state) => {
          const words = given.map((word) => (typeof word === 'string' ? word : JSON.stringify(word)));
          if (!command.startsWith('get')) state.log.push([command, ...words].join(' '));
          const number = (state.errors || {})[command];
          if (number) return { number };
          try {
            return { value: known[command](state, ...given) };
          } catch (error) {
            return { error };
          }
        });
        // As if a question waited on the screen.
        if (change((state) => state.silent)) pause(600000);
        pause(wait);
        if (answer.number) fail(answer.number);
        if (answer.error) throw answer.error;
        return answer.value;
      };
    },
  });
};
