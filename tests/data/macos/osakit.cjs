// A stand-in of OSAKit: AppleScript in a handful of sentences.
//
// A script with `do script` has the stand-in of Keyboard Maestro do it, with what its handler was given.
//
//   return "text" · return {"a", "b"} · return nothing · error "words" number -1728 · on main(words) … end main
'use strict';

exports.osakit = ({ object, nil, string, application }) => {
  const text = (value) => object('NSAppleEventDescriptor', { isNil: () => false, numberOfItems: 0, stringValue: string(value) });
  const list = (values) =>
    object('NSAppleEventDescriptor', {
      isNil: () => false,
      numberOfItems: values.length,
      stringValue: nil,
      descriptorAtIndex: (item) => text(values[item - 1]),
    });
  const empty = () => object('NSAppleEventDescriptor', { isNil: () => false, numberOfItems: 0, stringValue: nil });

  function run(source, error) {
    const failed = /error "([^"]*)" number (-?\d+)/.exec(source);
    if (failed) {
      error.fillOfStandIn({ OSAScriptErrorMessage: failed[1], OSAScriptErrorNumber: Number(failed[2]) });
      return nil;
    }
    const words = /return \{([^}]*)\}/.exec(source);
    if (words) return list([...words[1].matchAll(/"([^"]*)"/g)].map((word) => word[1]));
    const word = /return "([^"]*)"/.exec(source);
    if (word) return text(word[1]);
    return source.includes('return nothing') ? empty() : nil;
  }

  function script(source, language) {
    let compiled = false;
    return object('OSAScript', {
      isNil: () => false,
      compileAndReturnError(error) {
        if (language.isNil()) throw new Error('the language instance is gone');
        if (source.includes('syntax error')) {
          error.fillOfStandIn({ OSAScriptErrorMessage: 'Expected end of line but found identifier.', OSAScriptErrorNumber: -2741 });
          return false;
        }
        process.stderr.write(`compiled ${source.length}\n`);
        compiled = true;
        return true;
      },
      executeAndReturnError(error) {
        return compiled ? run(source, error) : nil;
      },
      executeHandlerWithNameArgumentsError(name, given, error) {
        if (!source.includes(`on ${name}(`)) {
          error.fillOfStandIn({ OSAScriptErrorMessage: `the script has no handler ${name}`, OSAScriptErrorNumber: -1708 });
          return nil;
        }
        if (!source.includes('do script')) return list(given[0]);
        const [uid, seconds, parameter] = given[0];
        if (!(Number(seconds) > 0)) throw new Error('a timeout of no seconds');
        try {
          const engine = application('Keyboard Maestro Engine');
          const result = parameter === undefined ? engine.doScript(uid) : engine.doScript(uid, { withParameter: parameter });
          return result === undefined ? nil : text(result);
        } catch (thrown) {
          error.fillOfStandIn({ NSAppleScriptErrorMessage: thrown.message, NSAppleScriptErrorNumber: thrown.errorNumber });
          return nil;
        }
      },
    });
  }

  return {
    OSALanguage: object('OSALanguage', { languageForName: () => object('OSALanguage', { isNil: () => false }) }),
    OSALanguageInstance: object('OSALanguageInstance', {
      alloc: object('OSALanguageInstance', { initWithLanguage: () => object('OSALanguageInstance', { isNil: () => false }) }),
    }),
    OSAScript: object('OSAScript', {
      alloc: object('OSAScript', {
        initWithSourceFromURLLanguageInstanceUsingStorageOptions: (source, url, language) => script(source, language),
      }),
    }),
  };
};
