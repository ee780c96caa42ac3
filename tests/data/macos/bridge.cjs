// A stand-in of what `osascript -l JavaScript` gives a script: the bridge to Objective-C, as far as the worker uses it. What the real
// one does badly, this one does, too:
// - A method without arguments is a property; with brackets it is no function.
// - What a class does not have is undefined, so that calling it is a TypeError.
// - Text from bytes that are no UTF-8 is nil, as is UTF-8 of half a surrogate pair; nil handed on ends the process.
// - `availableData` gives whatever is in the pipe, cut anywhere (KM_STAND_IN_PIECE bytes at a time).
// - `Ref` ends the process. There are no timers and no modules, and `console` writes to stderr.
// - It starts no faster than KM_STAND_IN_START_MS, counted from the process's start.
'use strict';
const fs = require('node:fs');
const vm = require('node:vm');
const { performance } = require('node:perf_hooks');
const { applications } = require('./keyboard_maestro.cjs');
const { osakit } = require('./osakit.cjs');

const PIECE = Number(process.env.KM_STAND_IN_PIECE || 65536);
const START_MS = Number(process.env.KM_STAND_IN_START_MS || 0);

function pause(milliseconds) {
  if (milliseconds > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

function crash(why) {
  fs.writeSync(2, `osascript: ${why}\n`);
  process.exit(134);
}

// An object of Objective-C: only what it has can be used, and it is no plain JavaScript value.
function object(kind, members) {
  const target = function () {};
  return new Proxy(target, {
    get(_, name) {
      if (name === Symbol.toPrimitive) return () => `[object ${kind}]`;
      return Object.prototype.hasOwnProperty.call(members, name) ? members[name] : undefined;
    },
    set(_, name, value) {
      members[name] = value;
      return true;
    },
    apply() {
      throw new TypeError('Object is not a function');
    },
  });
}

const nil = object('nil', { isNil: () => true, js: undefined, stringValue: undefined });

function data(bytes) {
  return object('NSData', { isNil: () => false, length: bytes.length, bytesOfStandIn: bytes });
}

const UTF8 = 4;
const LATIN1 = 5;

function string(text) {
  return object('NSString', {
    isNil: () => false,
    js: text,
    length: text.length,
    dataUsingEncoding(encoding) {
      if (encoding !== UTF8) crash(`encoding ${encoding} is not known to this stand-in`);
      return text.isWellFormed === undefined || text.isWellFormed() ? data(Buffer.from(text, 'utf8')) : nil;
    },
  });
}

const bridge = {
  NSString: object('NSString', {
    alloc: object('NSString', {
      initWithDataEncoding(from, encoding) {
        if (encoding === LATIN1) return string(from.bytesOfStandIn.toString('latin1'));
        try {
          return string(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(from.bytesOfStandIn));
        } catch {
          return nil;
        }
      },
    }),
  }),
  NSFileHandle: object('NSFileHandle', {
    fileHandleWithStandardInput: new Proxy(function () {}, {
      get(_, name) {
        if (name !== 'availableData') return undefined;
        const piece = Buffer.alloc(PIECE);
        return data(piece.subarray(0, fs.readSync(0, piece, 0, PIECE, null)));
      },
    }),
    fileHandleWithStandardOutput: object('NSFileHandle', {
      writeData(given) {
        if (given.isNil()) crash("-[NSConcreteFileHandle writeData:]: data argument is nil");
        let bytes = given.bytesOfStandIn;
        while (bytes.length > 0) bytes = bytes.subarray(fs.writeSync(1, bytes));
      },
    }),
  }),
  NSProcessInfo: object('NSProcessInfo', {
    processInfo: new Proxy(function () {}, {
      get: (_, name) => (name === 'systemUptime' ? performance.now() / 1000 : undefined),
    }),
  }),
  exit: (code) => process.exit(code),
  ...osakit({ object, nil, string, application: applications(pause) }),
};

// `$` makes objects of JavaScript's values, and without one a place for an answer.
function dollar(...given) {
  if (given.length === 0) {
    const members = { isNil: () => true };
    const place = object('id *', members);
    members.fillOfStandIn = (value) => {
      members.isNil = () => false;
      members.valueOfStandIn = value;
    };
    return place;
  }
  if (typeof given[0] === 'string') return string(given[0]);
  throw new TypeError('this stand-in makes objects of text only');
}

const ObjC = {
  import: (name) => {
    if (!['Foundation', 'OSAKit', 'stdlib'].includes(name)) throw new Error(`no framework ${name}`);
  },
  unwrap: (value) => (value === undefined || value.isNil() ? undefined : value.js),
  deepUnwrap: (value) => (value.isNil() ? undefined : value.valueOfStandIn),
};

const context = vm.createContext({
  ObjC,
  $: new Proxy(dollar, { get: (_, name) => bridge[name] }),
  Application: applications(pause),
  console: { log: (...words) => fs.writeSync(2, `${words.join(' ')}\n`) },
  Ref: () => process.exit(139),
});
pause(START_MS - performance.now());
vm.runInContext(process.argv[2], context, { filename: 'worker.js' });
