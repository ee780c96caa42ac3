// A stand-in of `osascript -l LANGUAGE - ARGUMENT…`: the script comes by the standard input, its `run` handler gets the arguments, and what
// it returns is written. Errors are told and counted as the real one does: a line on stderr, and 1.
//
//   JavaScript is run as it is. Of AppleScript a handful of sentences:
//   on run argv … end run · return item N of argv · return (count of argv) as text · return "text" · error "words" number -1728
'use strict';
const fs = require('node:fs');
const vm = require('node:vm');

const [language, ...given] = process.argv.slice(2);
const source = fs.readFileSync(0, 'utf8');

function fail(words, number) {
  process.stderr.write(`-: execution error: ${words} (${number})\n`);
  process.exit(1);
}

function javaScript() {
  const context = vm.createContext({});
  const last = vm.runInContext(source, context, { filename: '-' });
  const handler = vm.runInContext("typeof run === 'function'", context);
  context.given = given;
  return handler ? vm.runInContext('run(given)', context) : last;
}

function appleScript() {
  const failed = /error "([^"]*)" number (-?\d+)/.exec(source);
  if (failed) fail(failed[1], failed[2]);
  const item = /return item (\d+) of argv/.exec(source);
  if (item) return given[Number(item[1]) - 1];
  if (source.includes('return (count of argv) as text')) return String(given.length);
  const text = /return "([^"]*)"/.exec(source);
  if (text) return text[1];
  return fail('Expected end of line but found identifier.', -2741);
}

try {
  const result = language === 'JavaScript' ? javaScript() : appleScript();
  process.stdout.write(result === undefined ? '\n' : `${result}\n`);
} catch (thrown) {
  fail(`Error: ${thrown}`, -2700);
}
