# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_kmtop_global_optspecs
    string join \n serve stdio standalone conformance until-stdin-ends config= listen= auth= allow-remote pool-min= pool-max= library= theme= window= read-only plain record= h/help V/version
end

function __fish_kmtop_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_kmtop_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_kmtop_using_subcommand
    set -l cmd (__fish_kmtop_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c kmtop -n "__fish_kmtop_needs_command" -l config -d 'Settings file' -r -F
complete -c kmtop -n "__fish_kmtop_needs_command" -l listen -d 'Where MCP listens, for example 127.0.0.1:4499; port 0 takes a free one' -r
complete -c kmtop -n "__fish_kmtop_needs_command" -l auth -d 'What callers over HTTP must show' -r -f -a "token\t'The token of the token file'
none\t'Nothing: everybody on this machine may call'"
complete -c kmtop -n "__fish_kmtop_needs_command" -l pool-min -d 'Smallest number of workers' -r
complete -c kmtop -n "__fish_kmtop_needs_command" -l pool-max -d 'Largest number of workers' -r
complete -c kmtop -n "__fish_kmtop_needs_command" -l library -d 'Macro file or folder to serve; may be given more than once' -r -F
complete -c kmtop -n "__fish_kmtop_needs_command" -l theme -d 'The console\'s theme' -r
complete -c kmtop -n "__fish_kmtop_needs_command" -l window -d 'The console\'s time window, in seconds' -r
complete -c kmtop -n "__fish_kmtop_needs_command" -l record -d 'Record what the console shows, or the server does, to this file; goes on at its end if it is there' -r -F
complete -c kmtop -n "__fish_kmtop_needs_command" -l serve -d 'Serve without a console'
complete -c kmtop -n "__fish_kmtop_needs_command" -l stdio -d 'With --serve: MCP on stdin and stdout, carried to the running server; one is started if none runs'
complete -c kmtop -n "__fish_kmtop_needs_command" -l standalone -d 'With --stdio: keep pool and workers in this process, and end with its client'
complete -c kmtop -n "__fish_kmtop_needs_command" -l conformance -d 'With --serve: also offer what the public conformance suite calls'
complete -c kmtop -n "__fish_kmtop_needs_command" -l until-stdin-ends -d 'With --serve: end when stdin does; for a server that another process needs for a while'
complete -c kmtop -n "__fish_kmtop_needs_command" -l allow-remote -d 'With --listen: allow an address that other machines reach'
complete -c kmtop -n "__fish_kmtop_needs_command" -l read-only -d 'Look and change nothing: keys of the console that change anything are off, and MCP clients get no class but `read`'
complete -c kmtop -n "__fish_kmtop_needs_command" -l plain -d 'Plain lines instead of a screen: for screen readers, logs and pipes'
complete -c kmtop -n "__fish_kmtop_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kmtop -n "__fish_kmtop_needs_command" -s V -l version -d 'Print version'
complete -c kmtop -n "__fish_kmtop_needs_command" -f -a "attach" -d 'The console on a running server'
complete -c kmtop -n "__fish_kmtop_needs_command" -f -a "demo" -d 'Server, console and clients on a sample library, in a temporary home: the first minute'
complete -c kmtop -n "__fish_kmtop_needs_command" -f -a "once" -d 'One snapshot on stdout'
complete -c kmtop -n "__fish_kmtop_needs_command" -f -a "call" -d 'Call a tool and print its answer'
complete -c kmtop -n "__fish_kmtop_needs_command" -f -a "token" -d 'Tokens for MCP clients over HTTP: who they are, and what they may do'
complete -c kmtop -n "__fish_kmtop_needs_command" -f -a "approve" -d 'Answer calls that wait for your yes or no (`ask` in the settings)'
complete -c kmtop -n "__fish_kmtop_needs_command" -f -a "replay" -d 'The console over a recording, or over what this home\'s server has kept'
complete -c kmtop -n "__fish_kmtop_needs_command" -f -a "export" -d 'What this home\'s server has kept, or a recording, as CSV or JSON Lines'
complete -c kmtop -n "__fish_kmtop_needs_command" -f -a "simulate" -d 'Controllers of the pool\'s size on made-up, written or recorded calls, in virtual time: what if'
complete -c kmtop -n "__fish_kmtop_needs_command" -f -a "stop-all" -d 'The red stop: cancel every run of this home\'s server and refuse new ones until it is lifted'
complete -c kmtop -n "__fish_kmtop_needs_command" -f -a "bench" -d 'Load test of a server of its own, or of any MCP server'
complete -c kmtop -n "__fish_kmtop_needs_command" -f -a "profile" -d 'One operation again and again: where its time goes, and what it costs'
complete -c kmtop -n "__fish_kmtop_needs_command" -f -a "check" -d 'Whether promises are kept: by a load test, the history, or the running server'
complete -c kmtop -n "__fish_kmtop_needs_command" -f -a "baseline" -d 'Stored baselines, and what became slower since'
complete -c kmtop -n "__fish_kmtop_needs_command" -f -a "report" -d 'What this home\'s server did over a while: incidents, changes, contracts, trends'
complete -c kmtop -n "__fish_kmtop_needs_command" -f -a "macros" -d 'What macro files hold, and what of it runs here'
complete -c kmtop -n "__fish_kmtop_needs_command" -f -a "init" -d 'A first settings file and the sample library'
complete -c kmtop -n "__fish_kmtop_needs_command" -f -a "connect" -d 'Add kmtop to a client\'s own settings, after showing what changes there'
complete -c kmtop -n "__fish_kmtop_needs_command" -f -a "service" -d 'Run kmtop from login to logout'
complete -c kmtop -n "__fish_kmtop_needs_command" -f -a "generate" -d 'Manual page, completions, settings file, pictures of the console'
complete -c kmtop -n "__fish_kmtop_needs_command" -f -a "themes" -d 'The console\'s themes: which there are, whether they can be read, those of btop'
complete -c kmtop -n "__fish_kmtop_needs_command" -f -a "bundle" -d 'Diagnostics in one file, without secrets'
complete -c kmtop -n "__fish_kmtop_needs_command" -f -a "worker" -d 'The process that executes; speaks the worker protocol on stdin and stdout'
complete -c kmtop -n "__fish_kmtop_needs_command" -f -a "doctor" -d 'What is wrong with this installation, and the fix for each fault'
complete -c kmtop -n "__fish_kmtop_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c kmtop -n "__fish_kmtop_using_subcommand attach" -l config -d 'Settings file' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand attach" -l library -d 'Macro file or folder to serve; may be given more than once' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand attach" -l theme -d 'The console\'s theme' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand attach" -l window -d 'The console\'s time window, in seconds' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand attach" -l record -d 'Record what the console shows, or the server does, to this file; goes on at its end if it is there' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand attach" -l read-only -d 'Look and change nothing: keys of the console that change anything are off, and MCP clients get no class but `read`'
complete -c kmtop -n "__fish_kmtop_using_subcommand attach" -l plain -d 'Plain lines instead of a screen: for screen readers, logs and pipes'
complete -c kmtop -n "__fish_kmtop_using_subcommand attach" -s h -l help -d 'Print help'
complete -c kmtop -n "__fish_kmtop_using_subcommand demo" -l config -d 'Settings file' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand demo" -l library -d 'Macro file or folder to serve; may be given more than once' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand demo" -l theme -d 'The console\'s theme' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand demo" -l window -d 'The console\'s time window, in seconds' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand demo" -l record -d 'Record what the console shows, or the server does, to this file; goes on at its end if it is there' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand demo" -l read-only -d 'Look and change nothing: keys of the console that change anything are off, and MCP clients get no class but `read`'
complete -c kmtop -n "__fish_kmtop_using_subcommand demo" -l plain -d 'Plain lines instead of a screen: for screen readers, logs and pipes'
complete -c kmtop -n "__fish_kmtop_using_subcommand demo" -s h -l help -d 'Print help'
complete -c kmtop -n "__fish_kmtop_using_subcommand once" -l config -d 'Settings file' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand once" -l library -d 'Macro file or folder to serve; may be given more than once' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand once" -l theme -d 'The console\'s theme' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand once" -l window -d 'The console\'s time window, in seconds' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand once" -l record -d 'Record what the console shows, or the server does, to this file; goes on at its end if it is there' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand once" -l json -d 'As JSON'
complete -c kmtop -n "__fish_kmtop_using_subcommand once" -l read-only -d 'Look and change nothing: keys of the console that change anything are off, and MCP clients get no class but `read`'
complete -c kmtop -n "__fish_kmtop_using_subcommand once" -l plain -d 'Plain lines instead of a screen: for screen readers, logs and pipes'
complete -c kmtop -n "__fish_kmtop_using_subcommand once" -s h -l help -d 'Print help'
complete -c kmtop -n "__fish_kmtop_using_subcommand call" -l config -d 'Settings file' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand call" -l library -d 'Macro file or folder to serve; may be given more than once' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand call" -l theme -d 'The console\'s theme' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand call" -l window -d 'The console\'s time window, in seconds' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand call" -l record -d 'Record what the console shows, or the server does, to this file; goes on at its end if it is there' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand call" -l read-only -d 'Look and change nothing: keys of the console that change anything are off, and MCP clients get no class but `read`'
complete -c kmtop -n "__fish_kmtop_using_subcommand call" -l plain -d 'Plain lines instead of a screen: for screen readers, logs and pipes'
complete -c kmtop -n "__fish_kmtop_using_subcommand call" -s h -l help -d 'Print help'
complete -c kmtop -n "__fish_kmtop_using_subcommand token; and not __fish_seen_subcommand_from create list revoke rotate help" -l config -d 'Settings file' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand token; and not __fish_seen_subcommand_from create list revoke rotate help" -l library -d 'Macro file or folder to serve; may be given more than once' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand token; and not __fish_seen_subcommand_from create list revoke rotate help" -l theme -d 'The console\'s theme' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand token; and not __fish_seen_subcommand_from create list revoke rotate help" -l window -d 'The console\'s time window, in seconds' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand token; and not __fish_seen_subcommand_from create list revoke rotate help" -l record -d 'Record what the console shows, or the server does, to this file; goes on at its end if it is there' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand token; and not __fish_seen_subcommand_from create list revoke rotate help" -l read-only -d 'Look and change nothing: keys of the console that change anything are off, and MCP clients get no class but `read`'
complete -c kmtop -n "__fish_kmtop_using_subcommand token; and not __fish_seen_subcommand_from create list revoke rotate help" -l plain -d 'Plain lines instead of a screen: for screen readers, logs and pipes'
complete -c kmtop -n "__fish_kmtop_using_subcommand token; and not __fish_seen_subcommand_from create list revoke rotate help" -s h -l help -d 'Print help'
complete -c kmtop -n "__fish_kmtop_using_subcommand token; and not __fish_seen_subcommand_from create list revoke rotate help" -f -a "create" -d 'Make a token and print it, once'
complete -c kmtop -n "__fish_kmtop_using_subcommand token; and not __fish_seen_subcommand_from create list revoke rotate help" -f -a "list" -d 'Every token: what it may do, and how long it is valid'
complete -c kmtop -n "__fish_kmtop_using_subcommand token; and not __fish_seen_subcommand_from create list revoke rotate help" -f -a "revoke" -d 'End a token; a running server takes it at once'
complete -c kmtop -n "__fish_kmtop_using_subcommand token; and not __fish_seen_subcommand_from create list revoke rotate help" -f -a "rotate" -d 'Print another text for a token; the one before stays valid for a while'
complete -c kmtop -n "__fish_kmtop_using_subcommand token; and not __fish_seen_subcommand_from create list revoke rotate help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c kmtop -n "__fish_kmtop_using_subcommand token; and __fish_seen_subcommand_from create" -l allow -d 'The classes that it may use, as far as the settings allow them; without it, those of the settings' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand token; and __fish_seen_subcommand_from create" -l rate -d 'How often it may call, like 10/s, 600/m or 1000/h; `none` for as often as it likes' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand token; and __fish_seen_subcommand_from create" -l burst -d 'Calls that may come at once; without it, twice the number in the rate' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand token; and __fish_seen_subcommand_from create" -l concurrent -d 'Calls that it may have under way' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand token; and __fish_seen_subcommand_from create" -l expires -d 'How long it is valid, like 12h or 30d; without it, until it is revoked' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand token; and __fish_seen_subcommand_from create" -l config -d 'Settings file' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand token; and __fish_seen_subcommand_from create" -l library -d 'Macro file or folder to serve; may be given more than once' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand token; and __fish_seen_subcommand_from create" -l theme -d 'The console\'s theme' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand token; and __fish_seen_subcommand_from create" -l window -d 'The console\'s time window, in seconds' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand token; and __fish_seen_subcommand_from create" -l record -d 'Record what the console shows, or the server does, to this file; goes on at its end if it is there' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand token; and __fish_seen_subcommand_from create" -l read-only -d 'Look and change nothing: keys of the console that change anything are off, and MCP clients get no class but `read`'
complete -c kmtop -n "__fish_kmtop_using_subcommand token; and __fish_seen_subcommand_from create" -l plain -d 'Plain lines instead of a screen: for screen readers, logs and pipes'
complete -c kmtop -n "__fish_kmtop_using_subcommand token; and __fish_seen_subcommand_from create" -s h -l help -d 'Print help'
complete -c kmtop -n "__fish_kmtop_using_subcommand token; and __fish_seen_subcommand_from list" -l config -d 'Settings file' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand token; and __fish_seen_subcommand_from list" -l library -d 'Macro file or folder to serve; may be given more than once' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand token; and __fish_seen_subcommand_from list" -l theme -d 'The console\'s theme' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand token; and __fish_seen_subcommand_from list" -l window -d 'The console\'s time window, in seconds' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand token; and __fish_seen_subcommand_from list" -l record -d 'Record what the console shows, or the server does, to this file; goes on at its end if it is there' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand token; and __fish_seen_subcommand_from list" -l json -d 'As JSON'
complete -c kmtop -n "__fish_kmtop_using_subcommand token; and __fish_seen_subcommand_from list" -l read-only -d 'Look and change nothing: keys of the console that change anything are off, and MCP clients get no class but `read`'
complete -c kmtop -n "__fish_kmtop_using_subcommand token; and __fish_seen_subcommand_from list" -l plain -d 'Plain lines instead of a screen: for screen readers, logs and pipes'
complete -c kmtop -n "__fish_kmtop_using_subcommand token; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c kmtop -n "__fish_kmtop_using_subcommand token; and __fish_seen_subcommand_from revoke" -l config -d 'Settings file' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand token; and __fish_seen_subcommand_from revoke" -l library -d 'Macro file or folder to serve; may be given more than once' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand token; and __fish_seen_subcommand_from revoke" -l theme -d 'The console\'s theme' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand token; and __fish_seen_subcommand_from revoke" -l window -d 'The console\'s time window, in seconds' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand token; and __fish_seen_subcommand_from revoke" -l record -d 'Record what the console shows, or the server does, to this file; goes on at its end if it is there' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand token; and __fish_seen_subcommand_from revoke" -l read-only -d 'Look and change nothing: keys of the console that change anything are off, and MCP clients get no class but `read`'
complete -c kmtop -n "__fish_kmtop_using_subcommand token; and __fish_seen_subcommand_from revoke" -l plain -d 'Plain lines instead of a screen: for screen readers, logs and pipes'
complete -c kmtop -n "__fish_kmtop_using_subcommand token; and __fish_seen_subcommand_from revoke" -s h -l help -d 'Print help'
complete -c kmtop -n "__fish_kmtop_using_subcommand token; and __fish_seen_subcommand_from rotate" -l keep -d 'For how long the one before stays valid, like 30m, 24h or 7d; 0s ends it at once' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand token; and __fish_seen_subcommand_from rotate" -l config -d 'Settings file' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand token; and __fish_seen_subcommand_from rotate" -l library -d 'Macro file or folder to serve; may be given more than once' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand token; and __fish_seen_subcommand_from rotate" -l theme -d 'The console\'s theme' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand token; and __fish_seen_subcommand_from rotate" -l window -d 'The console\'s time window, in seconds' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand token; and __fish_seen_subcommand_from rotate" -l record -d 'Record what the console shows, or the server does, to this file; goes on at its end if it is there' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand token; and __fish_seen_subcommand_from rotate" -l read-only -d 'Look and change nothing: keys of the console that change anything are off, and MCP clients get no class but `read`'
complete -c kmtop -n "__fish_kmtop_using_subcommand token; and __fish_seen_subcommand_from rotate" -l plain -d 'Plain lines instead of a screen: for screen readers, logs and pipes'
complete -c kmtop -n "__fish_kmtop_using_subcommand token; and __fish_seen_subcommand_from rotate" -s h -l help -d 'Print help'
complete -c kmtop -n "__fish_kmtop_using_subcommand token; and __fish_seen_subcommand_from help" -f -a "create" -d 'Make a token and print it, once'
complete -c kmtop -n "__fish_kmtop_using_subcommand token; and __fish_seen_subcommand_from help" -f -a "list" -d 'Every token: what it may do, and how long it is valid'
complete -c kmtop -n "__fish_kmtop_using_subcommand token; and __fish_seen_subcommand_from help" -f -a "revoke" -d 'End a token; a running server takes it at once'
complete -c kmtop -n "__fish_kmtop_using_subcommand token; and __fish_seen_subcommand_from help" -f -a "rotate" -d 'Print another text for a token; the one before stays valid for a while'
complete -c kmtop -n "__fish_kmtop_using_subcommand token; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c kmtop -n "__fish_kmtop_using_subcommand approve" -l forget -d 'Take back an answer that holds until the server ends' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand approve" -l config -d 'Settings file' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand approve" -l library -d 'Macro file or folder to serve; may be given more than once' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand approve" -l theme -d 'The console\'s theme' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand approve" -l window -d 'The console\'s time window, in seconds' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand approve" -l record -d 'Record what the console shows, or the server does, to this file; goes on at its end if it is there' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand approve" -l always -d 'Yes, and the same from the same caller until the server ends'
complete -c kmtop -n "__fish_kmtop_using_subcommand approve" -l no -d 'No'
complete -c kmtop -n "__fish_kmtop_using_subcommand approve" -l list -d 'Show the calls that wait, and the answers that hold until the server ends'
complete -c kmtop -n "__fish_kmtop_using_subcommand approve" -l json -d 'With --list: as JSON'
complete -c kmtop -n "__fish_kmtop_using_subcommand approve" -l read-only -d 'Look and change nothing: keys of the console that change anything are off, and MCP clients get no class but `read`'
complete -c kmtop -n "__fish_kmtop_using_subcommand approve" -l plain -d 'Plain lines instead of a screen: for screen readers, logs and pipes'
complete -c kmtop -n "__fish_kmtop_using_subcommand approve" -s h -l help -d 'Print help'
complete -c kmtop -n "__fish_kmtop_using_subcommand replay" -l speed -d 'Recorded seconds for each second that passes, 0.0625 to 4096' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand replay" -l from -d 'Where to begin: a time like 14:30 or 2026-01-31T14:30, or a span like 2h, which is so long ago' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand replay" -l config -d 'Settings file' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand replay" -l library -d 'Macro file or folder to serve; may be given more than once' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand replay" -l theme -d 'The console\'s theme' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand replay" -l window -d 'The console\'s time window, in seconds' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand replay" -l record -d 'Record what the console shows, or the server does, to this file; goes on at its end if it is there' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand replay" -l paused -d 'Stand still at first'
complete -c kmtop -n "__fish_kmtop_using_subcommand replay" -l read-only -d 'Look and change nothing: keys of the console that change anything are off, and MCP clients get no class but `read`'
complete -c kmtop -n "__fish_kmtop_using_subcommand replay" -l plain -d 'Plain lines instead of a screen: for screen readers, logs and pipes'
complete -c kmtop -n "__fish_kmtop_using_subcommand replay" -s h -l help -d 'Print help'
complete -c kmtop -n "__fish_kmtop_using_subcommand export" -l since -d 'From when: a time like 14:30 or 2026-01-31T14:30, or a span like 24h, which is so long ago; without it, from the oldest' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand export" -l until -d 'Until when; without it, to the newest' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand export" -l step -d 'Merge to steps of so many seconds where what is kept is finer' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand export" -l table -d 'What the rows are' -r -f -a "intervals\t'The machine, the pool, all calls together'
tools\t'Each tool that was called'
events\t'What happened besides calls'"
complete -c kmtop -n "__fish_kmtop_using_subcommand export" -l format -d 'How they are written' -r -f -a "csv\t'Comma-separated values with a line of names'
jsonl\t'One JSON object a line'"
complete -c kmtop -n "__fish_kmtop_using_subcommand export" -l recording -d 'From a recording instead of the history of this home' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand export" -s o -l output -d 'To this file instead of stdout' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand export" -l config -d 'Settings file' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand export" -l library -d 'Macro file or folder to serve; may be given more than once' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand export" -l theme -d 'The console\'s theme' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand export" -l window -d 'The console\'s time window, in seconds' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand export" -l record -d 'Record what the console shows, or the server does, to this file; goes on at its end if it is there' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand export" -l read-only -d 'Look and change nothing: keys of the console that change anything are off, and MCP clients get no class but `read`'
complete -c kmtop -n "__fish_kmtop_using_subcommand export" -l plain -d 'Plain lines instead of a screen: for screen readers, logs and pipes'
complete -c kmtop -n "__fish_kmtop_using_subcommand export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kmtop -n "__fish_kmtop_using_subcommand simulate" -l trace -d 'Calls from a CSV file with the columns `arrival_s,service_s`' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand simulate" -l workload -d 'Calls of a named load: steady, step5, onoff, diurnal, slow-scripts, crash-storm, heavy-tail, contended or agent-batch' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand simulate" -l history -d 'Calls that this home\'s server recorded: since a time or a span like 2h, or between two as in 3h..1h' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand simulate" -l seed -d 'What chance begins with' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand simulate" -l controller -d 'Who decides: qsf, naive, doubling, fixed:N, hpa, fpm, aimd, busyness or, for a named load, oracle; several with commas, or all' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand simulate" -l min -d 'Smallest number of workers; 2, with --history that of the settings' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand simulate" -l max -d 'Largest number of workers; 64, with --history that of the settings' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand simulate" -l size -d 'Workers at first' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand simulate" -l cores -d 'Processors of the machine; 10, with --history those of this one' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand simulate" -l start-ms -d 'What the start of a worker takes in the mean, in ms, half as much more or less' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand simulate" -l queue -d 'Calls that may wait; 1000, with --history that of the settings' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand simulate" -l queue-ms -d 'Longest wait, in ms; 10000, with --history that of the settings' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand simulate" -l wait-ms -d 'The wait that is promised, in ms: who waits longer is a miss' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand simulate" -l lane -d 'Whether a standing queue is cut, as in the bulk lane, or not' -r -f -a "bulk\t'A standing queue is cut by controlled delay'
interactive\t'It is not'"
complete -c kmtop -n "__fish_kmtop_using_subcommand simulate" -l config -d 'Settings file' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand simulate" -l library -d 'Macro file or folder to serve; may be given more than once' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand simulate" -l theme -d 'The console\'s theme' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand simulate" -l window -d 'The console\'s time window, in seconds' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand simulate" -l record -d 'Record what the console shows, or the server does, to this file; goes on at its end if it is there' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand simulate" -l decisions -d 'Also list what was decided, and why'
complete -c kmtop -n "__fish_kmtop_using_subcommand simulate" -l json -d 'As JSON: an object, for several controllers an array of them'
complete -c kmtop -n "__fish_kmtop_using_subcommand simulate" -l read-only -d 'Look and change nothing: keys of the console that change anything are off, and MCP clients get no class but `read`'
complete -c kmtop -n "__fish_kmtop_using_subcommand simulate" -l plain -d 'Plain lines instead of a screen: for screen readers, logs and pipes'
complete -c kmtop -n "__fish_kmtop_using_subcommand simulate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kmtop -n "__fish_kmtop_using_subcommand stop-all" -l config -d 'Settings file' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand stop-all" -l library -d 'Macro file or folder to serve; may be given more than once' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand stop-all" -l theme -d 'The console\'s theme' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand stop-all" -l window -d 'The console\'s time window, in seconds' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand stop-all" -l record -d 'Record what the console shows, or the server does, to this file; goes on at its end if it is there' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand stop-all" -l lift -d 'Take calls again'
complete -c kmtop -n "__fish_kmtop_using_subcommand stop-all" -l read-only -d 'Look and change nothing: keys of the console that change anything are off, and MCP clients get no class but `read`'
complete -c kmtop -n "__fish_kmtop_using_subcommand stop-all" -l plain -d 'Plain lines instead of a screen: for screen readers, logs and pipes'
complete -c kmtop -n "__fish_kmtop_using_subcommand stop-all" -s h -l help -d 'Print help'
complete -c kmtop -n "__fish_kmtop_using_subcommand bench" -l scenario -d 'The scenario, which the flags below may change' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand bench" -l token -d 'The target\'s bearer token' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand bench" -l token-file -d 'A file with the target\'s bearer token' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand bench" -l rate -d 'Calls per second, by plan, for example 50/s' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand bench" -l stages -d 'Stages of an open loop, for example 10/s:30s,50/s:60s' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand bench" -l clients -d 'A closed loop of so many clients: service time, not what users see' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand bench" -l duration -d 'How long, without warming up' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand bench" -l warm-up -d 'How long warming up may take; it ends when three seconds in a row are alike' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand bench" -l settle -d 'How long the target is watched afterwards' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand bench" -l think -d 'How long clients think between calls, for example 1s..3s' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand bench" -l seed -d 'What random numbers begin from' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand bench" -l in-flight -d 'Most calls under way in an open loop; past it planned calls are dropped and counted' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand bench" -l timeout -d 'How long an answer may take' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand bench" -l mix -d 'Ready operations by weight: health, variables, macros, list, calculate, tokens, waiting' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand bench" -l call -d 'A tool to call, as TOOL, TOOL@WEIGHT, TOOL=JSON or TOOL@WEIGHT=JSON; its arguments may hold {{counter}}, {{random:1..9}}, {{text:4KiB}}' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand bench" -l mix-file -d 'A TOML file with operations' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand bench" -l sweep -d 'Throughput by workers of a server of its own, for example workers=1..16' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand bench" -l compare -d 'Two servers of its own that take turns, block by block, one of them with these settings: which is quicker, and how sure that is' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand bench" -l replay -d 'Recorded arrivals: a recording, or `history` for this home\'s' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand bench" -l speed -d 'With --replay: how many times as fast' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand bench" -l since -d 'With --replay: from when on, a time or a span like 1h, which is so long ago' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand bench" -l until -d 'With --replay: until when' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand bench" -l slo -d 'What must hold, for example \'p95<500ms\' \'error<1%\'' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand bench" -l delay -d 'With --abort-on-fail: but not before' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand bench" -l client -d 'Which client makes the calls' -r -f -a "auto\t'rmcp\'s, unless its own cost would be measured'
rmcp\t'rmcp\'s, all that a client does'
raw\t'No more than a call needs'"
complete -c kmtop -n "__fish_kmtop_using_subcommand bench" -l sessions -d 'Sessions that share the calls of an open loop' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand bench" -l workers -d 'Workers of a server of its own' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand bench" -l html -d 'The result as a page with charts' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand bench" -l hdr -d 'The histograms as an HDR histogram log (V2)' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand bench" -l config -d 'Settings file' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand bench" -l library -d 'Macro file or folder to serve; may be given more than once' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand bench" -l theme -d 'The console\'s theme' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand bench" -l window -d 'The console\'s time window, in seconds' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand bench" -l record -d 'Record what the console shows, or the server does, to this file; goes on at its end if it is there' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand bench" -l constant -d 'Equal gaps between calls instead of random (Poisson) ones'
complete -c kmtop -n "__fish_kmtop_using_subcommand bench" -l find-max -d 'Search the highest rate that keeps the objectives, to 5 %'
complete -c kmtop -n "__fish_kmtop_using_subcommand bench" -l abort-on-fail -d 'End as soon as an objective does not hold'
complete -c kmtop -n "__fish_kmtop_using_subcommand bench" -l json -d 'The result as JSON on stdout'
complete -c kmtop -n "__fish_kmtop_using_subcommand bench" -l read-only -d 'Look and change nothing: keys of the console that change anything are off, and MCP clients get no class but `read`'
complete -c kmtop -n "__fish_kmtop_using_subcommand bench" -l plain -d 'Plain lines instead of a screen: for screen readers, logs and pipes'
complete -c kmtop -n "__fish_kmtop_using_subcommand bench" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kmtop -n "__fish_kmtop_using_subcommand profile" -s n -l calls -d 'Calls that count' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand profile" -l warm-up -d 'Calls before them that do not' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand profile" -l html -d 'The result as a page with charts' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand profile" -l config -d 'Settings file' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand profile" -l library -d 'Macro file or folder to serve; may be given more than once' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand profile" -l theme -d 'The console\'s theme' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand profile" -l window -d 'The console\'s time window, in seconds' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand profile" -l record -d 'Record what the console shows, or the server does, to this file; goes on at its end if it is there' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand profile" -l json -d 'The result as JSON on stdout'
complete -c kmtop -n "__fish_kmtop_using_subcommand profile" -l read-only -d 'Look and change nothing: keys of the console that change anything are off, and MCP clients get no class but `read`'
complete -c kmtop -n "__fish_kmtop_using_subcommand profile" -l plain -d 'Plain lines instead of a screen: for screen readers, logs and pipes'
complete -c kmtop -n "__fish_kmtop_using_subcommand profile" -s h -l help -d 'Print help'
complete -c kmtop -n "__fish_kmtop_using_subcommand check" -l contracts -d 'A TOML file of what is promised; without it, the settings and the defaults' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand check" -l since -d 'The history from then on: a time like 14:30, or a span like 24h, which is so long ago' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand check" -l until -d 'The history until then' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand check" -l junit -d 'The result as `JUnit` XML in this file; - for stdout, in place of the table' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand check" -l config -d 'Settings file' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand check" -l library -d 'Macro file or folder to serve; may be given more than once' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand check" -l theme -d 'The console\'s theme' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand check" -l window -d 'The console\'s time window, in seconds' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand check" -l record -d 'Record what the console shows, or the server does, to this file; goes on at its end if it is there' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand check" -l live -d 'The running server and nothing else, with what it promises now; its last hour at most'
complete -c kmtop -n "__fish_kmtop_using_subcommand check" -l strict -d 'Default promises that could not be measured count as well'
complete -c kmtop -n "__fish_kmtop_using_subcommand check" -l json -d 'The result as JSON on stdout'
complete -c kmtop -n "__fish_kmtop_using_subcommand check" -l read-only -d 'Look and change nothing: keys of the console that change anything are off, and MCP clients get no class but `read`'
complete -c kmtop -n "__fish_kmtop_using_subcommand check" -l plain -d 'Plain lines instead of a screen: for screen readers, logs and pipes'
complete -c kmtop -n "__fish_kmtop_using_subcommand check" -s h -l help -d 'Print help'
complete -c kmtop -n "__fish_kmtop_using_subcommand baseline; and not __fish_seen_subcommand_from save list show compare help" -l config -d 'Settings file' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand baseline; and not __fish_seen_subcommand_from save list show compare help" -l library -d 'Macro file or folder to serve; may be given more than once' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand baseline; and not __fish_seen_subcommand_from save list show compare help" -l theme -d 'The console\'s theme' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand baseline; and not __fish_seen_subcommand_from save list show compare help" -l window -d 'The console\'s time window, in seconds' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand baseline; and not __fish_seen_subcommand_from save list show compare help" -l record -d 'Record what the console shows, or the server does, to this file; goes on at its end if it is there' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand baseline; and not __fish_seen_subcommand_from save list show compare help" -l read-only -d 'Look and change nothing: keys of the console that change anything are off, and MCP clients get no class but `read`'
complete -c kmtop -n "__fish_kmtop_using_subcommand baseline; and not __fish_seen_subcommand_from save list show compare help" -l plain -d 'Plain lines instead of a screen: for screen readers, logs and pipes'
complete -c kmtop -n "__fish_kmtop_using_subcommand baseline; and not __fish_seen_subcommand_from save list show compare help" -s h -l help -d 'Print help'
complete -c kmtop -n "__fish_kmtop_using_subcommand baseline; and not __fish_seen_subcommand_from save list show compare help" -f -a "save" -d 'Add windows to a baseline: results of `kmtop bench --json`, or five minutes each of the history; the newest 20 are kept'
complete -c kmtop -n "__fish_kmtop_using_subcommand baseline; and not __fish_seen_subcommand_from save list show compare help" -f -a "list" -d 'All baselines of this home'
complete -c kmtop -n "__fish_kmtop_using_subcommand baseline; and not __fish_seen_subcommand_from save list show compare help" -f -a "show" -d 'The windows of a baseline, with their circumstances'
complete -c kmtop -n "__fish_kmtop_using_subcommand baseline; and not __fish_seen_subcommand_from save list show compare help" -f -a "compare" -d 'What became slower since: exit code 1 when that is confirmed, 2 when nothing could be compared'
complete -c kmtop -n "__fish_kmtop_using_subcommand baseline; and not __fish_seen_subcommand_from save list show compare help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c kmtop -n "__fish_kmtop_using_subcommand baseline; and __fish_seen_subcommand_from save" -l since -d 'The history from then on: a time like 14:30, or a span like 24h, which is so long ago' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand baseline; and __fish_seen_subcommand_from save" -l until -d 'The history until then' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand baseline; and __fish_seen_subcommand_from save" -l config -d 'Settings file' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand baseline; and __fish_seen_subcommand_from save" -l library -d 'Macro file or folder to serve; may be given more than once' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand baseline; and __fish_seen_subcommand_from save" -l theme -d 'The console\'s theme' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand baseline; and __fish_seen_subcommand_from save" -l window -d 'The console\'s time window, in seconds' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand baseline; and __fish_seen_subcommand_from save" -l record -d 'Record what the console shows, or the server does, to this file; goes on at its end if it is there' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand baseline; and __fish_seen_subcommand_from save" -l fresh -d 'Begin the baseline anew'
complete -c kmtop -n "__fish_kmtop_using_subcommand baseline; and __fish_seen_subcommand_from save" -l read-only -d 'Look and change nothing: keys of the console that change anything are off, and MCP clients get no class but `read`'
complete -c kmtop -n "__fish_kmtop_using_subcommand baseline; and __fish_seen_subcommand_from save" -l plain -d 'Plain lines instead of a screen: for screen readers, logs and pipes'
complete -c kmtop -n "__fish_kmtop_using_subcommand baseline; and __fish_seen_subcommand_from save" -s h -l help -d 'Print help'
complete -c kmtop -n "__fish_kmtop_using_subcommand baseline; and __fish_seen_subcommand_from list" -l config -d 'Settings file' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand baseline; and __fish_seen_subcommand_from list" -l library -d 'Macro file or folder to serve; may be given more than once' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand baseline; and __fish_seen_subcommand_from list" -l theme -d 'The console\'s theme' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand baseline; and __fish_seen_subcommand_from list" -l window -d 'The console\'s time window, in seconds' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand baseline; and __fish_seen_subcommand_from list" -l record -d 'Record what the console shows, or the server does, to this file; goes on at its end if it is there' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand baseline; and __fish_seen_subcommand_from list" -l json -d 'As JSON'
complete -c kmtop -n "__fish_kmtop_using_subcommand baseline; and __fish_seen_subcommand_from list" -l read-only -d 'Look and change nothing: keys of the console that change anything are off, and MCP clients get no class but `read`'
complete -c kmtop -n "__fish_kmtop_using_subcommand baseline; and __fish_seen_subcommand_from list" -l plain -d 'Plain lines instead of a screen: for screen readers, logs and pipes'
complete -c kmtop -n "__fish_kmtop_using_subcommand baseline; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c kmtop -n "__fish_kmtop_using_subcommand baseline; and __fish_seen_subcommand_from show" -l config -d 'Settings file' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand baseline; and __fish_seen_subcommand_from show" -l library -d 'Macro file or folder to serve; may be given more than once' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand baseline; and __fish_seen_subcommand_from show" -l theme -d 'The console\'s theme' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand baseline; and __fish_seen_subcommand_from show" -l window -d 'The console\'s time window, in seconds' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand baseline; and __fish_seen_subcommand_from show" -l record -d 'Record what the console shows, or the server does, to this file; goes on at its end if it is there' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand baseline; and __fish_seen_subcommand_from show" -l json -d 'As JSON, histograms included'
complete -c kmtop -n "__fish_kmtop_using_subcommand baseline; and __fish_seen_subcommand_from show" -l read-only -d 'Look and change nothing: keys of the console that change anything are off, and MCP clients get no class but `read`'
complete -c kmtop -n "__fish_kmtop_using_subcommand baseline; and __fish_seen_subcommand_from show" -l plain -d 'Plain lines instead of a screen: for screen readers, logs and pipes'
complete -c kmtop -n "__fish_kmtop_using_subcommand baseline; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c kmtop -n "__fish_kmtop_using_subcommand baseline; and __fish_seen_subcommand_from compare" -l since -d 'The history from then on; its last three windows count' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand baseline; and __fish_seen_subcommand_from compare" -l until -d 'The history until then' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand baseline; and __fish_seen_subcommand_from compare" -l junit -d 'The result as `JUnit` XML in this file; - for stdout, in place of the table' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand baseline; and __fish_seen_subcommand_from compare" -l config -d 'Settings file' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand baseline; and __fish_seen_subcommand_from compare" -l library -d 'Macro file or folder to serve; may be given more than once' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand baseline; and __fish_seen_subcommand_from compare" -l theme -d 'The console\'s theme' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand baseline; and __fish_seen_subcommand_from compare" -l window -d 'The console\'s time window, in seconds' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand baseline; and __fish_seen_subcommand_from compare" -l record -d 'Record what the console shows, or the server does, to this file; goes on at its end if it is there' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand baseline; and __fish_seen_subcommand_from compare" -l any-host -d 'Compare with what was measured on another machine'
complete -c kmtop -n "__fish_kmtop_using_subcommand baseline; and __fish_seen_subcommand_from compare" -l json -d 'The result as JSON on stdout'
complete -c kmtop -n "__fish_kmtop_using_subcommand baseline; and __fish_seen_subcommand_from compare" -l read-only -d 'Look and change nothing: keys of the console that change anything are off, and MCP clients get no class but `read`'
complete -c kmtop -n "__fish_kmtop_using_subcommand baseline; and __fish_seen_subcommand_from compare" -l plain -d 'Plain lines instead of a screen: for screen readers, logs and pipes'
complete -c kmtop -n "__fish_kmtop_using_subcommand baseline; and __fish_seen_subcommand_from compare" -s h -l help -d 'Print help'
complete -c kmtop -n "__fish_kmtop_using_subcommand baseline; and __fish_seen_subcommand_from help" -f -a "save" -d 'Add windows to a baseline: results of `kmtop bench --json`, or five minutes each of the history; the newest 20 are kept'
complete -c kmtop -n "__fish_kmtop_using_subcommand baseline; and __fish_seen_subcommand_from help" -f -a "list" -d 'All baselines of this home'
complete -c kmtop -n "__fish_kmtop_using_subcommand baseline; and __fish_seen_subcommand_from help" -f -a "show" -d 'The windows of a baseline, with their circumstances'
complete -c kmtop -n "__fish_kmtop_using_subcommand baseline; and __fish_seen_subcommand_from help" -f -a "compare" -d 'What became slower since: exit code 1 when that is confirmed, 2 when nothing could be compared'
complete -c kmtop -n "__fish_kmtop_using_subcommand baseline; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c kmtop -n "__fish_kmtop_using_subcommand report" -l since -d 'From when: a time like 14:30 or 2026-01-31T14:30, or a span like 24h, which is so long ago' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand report" -l until -d 'Until when' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand report" -l format -d 'How it is written; without it, by the end of --output\'s name, else as Markdown' -r -f -a "markdown\t'Text with headings and tables'
html\t'One page with charts that needs nothing else'
json\t'One JSON object'"
complete -c kmtop -n "__fish_kmtop_using_subcommand report" -s o -l output -d 'To this file instead of stdout' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand report" -l contracts -d 'A TOML file of what is promised; without it, the settings and the defaults' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand report" -l config -d 'Settings file' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand report" -l library -d 'Macro file or folder to serve; may be given more than once' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand report" -l theme -d 'The console\'s theme' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand report" -l window -d 'The console\'s time window, in seconds' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand report" -l record -d 'Record what the console shows, or the server does, to this file; goes on at its end if it is there' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand report" -l read-only -d 'Look and change nothing: keys of the console that change anything are off, and MCP clients get no class but `read`'
complete -c kmtop -n "__fish_kmtop_using_subcommand report" -l plain -d 'Plain lines instead of a screen: for screen readers, logs and pipes'
complete -c kmtop -n "__fish_kmtop_using_subcommand report" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kmtop -n "__fish_kmtop_using_subcommand macros; and not __fish_seen_subcommand_from list show lint help" -l config -d 'Settings file' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand macros; and not __fish_seen_subcommand_from list show lint help" -l library -d 'Macro file or folder to serve; may be given more than once' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand macros; and not __fish_seen_subcommand_from list show lint help" -l theme -d 'The console\'s theme' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand macros; and not __fish_seen_subcommand_from list show lint help" -l window -d 'The console\'s time window, in seconds' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand macros; and not __fish_seen_subcommand_from list show lint help" -l record -d 'Record what the console shows, or the server does, to this file; goes on at its end if it is there' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand macros; and not __fish_seen_subcommand_from list show lint help" -l read-only -d 'Look and change nothing: keys of the console that change anything are off, and MCP clients get no class but `read`'
complete -c kmtop -n "__fish_kmtop_using_subcommand macros; and not __fish_seen_subcommand_from list show lint help" -l plain -d 'Plain lines instead of a screen: for screen readers, logs and pipes'
complete -c kmtop -n "__fish_kmtop_using_subcommand macros; and not __fish_seen_subcommand_from list show lint help" -s h -l help -d 'Print help'
complete -c kmtop -n "__fish_kmtop_using_subcommand macros; and not __fish_seen_subcommand_from list show lint help" -f -a "list" -d 'Every macro: what becomes of it here, its UUID, group and name'
complete -c kmtop -n "__fish_kmtop_using_subcommand macros; and not __fish_seen_subcommand_from list show lint help" -f -a "show" -d 'One macro: its actions, triggers, variables, calls, and what becomes of each action here'
complete -c kmtop -n "__fish_kmtop_using_subcommand macros; and not __fish_seen_subcommand_from list show lint help" -f -a "lint" -d 'What runs, is simulated or is refused here, action by action'
complete -c kmtop -n "__fish_kmtop_using_subcommand macros; and not __fish_seen_subcommand_from list show lint help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c kmtop -n "__fish_kmtop_using_subcommand macros; and __fish_seen_subcommand_from list" -l config -d 'Settings file' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand macros; and __fish_seen_subcommand_from list" -l library -d 'Macro file or folder to serve; may be given more than once' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand macros; and __fish_seen_subcommand_from list" -l theme -d 'The console\'s theme' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand macros; and __fish_seen_subcommand_from list" -l window -d 'The console\'s time window, in seconds' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand macros; and __fish_seen_subcommand_from list" -l record -d 'Record what the console shows, or the server does, to this file; goes on at its end if it is there' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand macros; and __fish_seen_subcommand_from list" -l read-only -d 'Look and change nothing: keys of the console that change anything are off, and MCP clients get no class but `read`'
complete -c kmtop -n "__fish_kmtop_using_subcommand macros; and __fish_seen_subcommand_from list" -l plain -d 'Plain lines instead of a screen: for screen readers, logs and pipes'
complete -c kmtop -n "__fish_kmtop_using_subcommand macros; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c kmtop -n "__fish_kmtop_using_subcommand macros; and __fish_seen_subcommand_from show" -l config -d 'Settings file' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand macros; and __fish_seen_subcommand_from show" -l library -d 'Macro file or folder to serve; may be given more than once' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand macros; and __fish_seen_subcommand_from show" -l theme -d 'The console\'s theme' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand macros; and __fish_seen_subcommand_from show" -l window -d 'The console\'s time window, in seconds' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand macros; and __fish_seen_subcommand_from show" -l record -d 'Record what the console shows, or the server does, to this file; goes on at its end if it is there' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand macros; and __fish_seen_subcommand_from show" -l read-only -d 'Look and change nothing: keys of the console that change anything are off, and MCP clients get no class but `read`'
complete -c kmtop -n "__fish_kmtop_using_subcommand macros; and __fish_seen_subcommand_from show" -l plain -d 'Plain lines instead of a screen: for screen readers, logs and pipes'
complete -c kmtop -n "__fish_kmtop_using_subcommand macros; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c kmtop -n "__fish_kmtop_using_subcommand macros; and __fish_seen_subcommand_from lint" -l config -d 'Settings file' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand macros; and __fish_seen_subcommand_from lint" -l library -d 'Macro file or folder to serve; may be given more than once' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand macros; and __fish_seen_subcommand_from lint" -l theme -d 'The console\'s theme' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand macros; and __fish_seen_subcommand_from lint" -l window -d 'The console\'s time window, in seconds' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand macros; and __fish_seen_subcommand_from lint" -l record -d 'Record what the console shows, or the server does, to this file; goes on at its end if it is there' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand macros; and __fish_seen_subcommand_from lint" -l json -d 'As JSON'
complete -c kmtop -n "__fish_kmtop_using_subcommand macros; and __fish_seen_subcommand_from lint" -l read-only -d 'Look and change nothing: keys of the console that change anything are off, and MCP clients get no class but `read`'
complete -c kmtop -n "__fish_kmtop_using_subcommand macros; and __fish_seen_subcommand_from lint" -l plain -d 'Plain lines instead of a screen: for screen readers, logs and pipes'
complete -c kmtop -n "__fish_kmtop_using_subcommand macros; and __fish_seen_subcommand_from lint" -s h -l help -d 'Print help'
complete -c kmtop -n "__fish_kmtop_using_subcommand macros; and __fish_seen_subcommand_from help" -f -a "list" -d 'Every macro: what becomes of it here, its UUID, group and name'
complete -c kmtop -n "__fish_kmtop_using_subcommand macros; and __fish_seen_subcommand_from help" -f -a "show" -d 'One macro: its actions, triggers, variables, calls, and what becomes of each action here'
complete -c kmtop -n "__fish_kmtop_using_subcommand macros; and __fish_seen_subcommand_from help" -f -a "lint" -d 'What runs, is simulated or is refused here, action by action'
complete -c kmtop -n "__fish_kmtop_using_subcommand macros; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c kmtop -n "__fish_kmtop_using_subcommand init" -l config -d 'Settings file' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand init" -l library -d 'Macro file or folder to serve; may be given more than once' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand init" -l theme -d 'The console\'s theme' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand init" -l window -d 'The console\'s time window, in seconds' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand init" -l record -d 'Record what the console shows, or the server does, to this file; goes on at its end if it is there' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand init" -l force -d 'Write anew what is there already; a copy of it is kept beside it'
complete -c kmtop -n "__fish_kmtop_using_subcommand init" -l read-only -d 'Look and change nothing: keys of the console that change anything are off, and MCP clients get no class but `read`'
complete -c kmtop -n "__fish_kmtop_using_subcommand init" -l plain -d 'Plain lines instead of a screen: for screen readers, logs and pipes'
complete -c kmtop -n "__fish_kmtop_using_subcommand init" -s h -l help -d 'Print help'
complete -c kmtop -n "__fish_kmtop_using_subcommand connect" -l ssh -d 'kmtop runs on this host, which `ssh HOST` reaches without a question' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand connect" -l remote-program -d 'With --ssh: where kmtop is on that host, if not on the path of its shell' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand connect" -l name -d 'The entry\'s name' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand connect" -l file -d 'The client\'s file, where it is not in its usual place' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand connect" -l token-file -d 'For prometheus: the file with the token that it shows' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand connect" -l config -d 'Settings file' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand connect" -l library -d 'Macro file or folder to serve; may be given more than once' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand connect" -l theme -d 'The console\'s theme' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand connect" -l window -d 'The console\'s time window, in seconds' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand connect" -l record -d 'Record what the console shows, or the server does, to this file; goes on at its end if it is there' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand connect" -l remove -d 'Take the entry out again'
complete -c kmtop -n "__fish_kmtop_using_subcommand connect" -s y -l yes -d 'Write without asking'
complete -c kmtop -n "__fish_kmtop_using_subcommand connect" -l print -d 'Print the entry and write nothing: for clients that kmtop does not know'
complete -c kmtop -n "__fish_kmtop_using_subcommand connect" -l read-only -d 'Look and change nothing: keys of the console that change anything are off, and MCP clients get no class but `read`'
complete -c kmtop -n "__fish_kmtop_using_subcommand connect" -l plain -d 'Plain lines instead of a screen: for screen readers, logs and pipes'
complete -c kmtop -n "__fish_kmtop_using_subcommand connect" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kmtop -n "__fish_kmtop_using_subcommand service; and not __fish_seen_subcommand_from install status remove help" -l manager -d 'Whose unit; without it, this system\'s' -r -f -a "launchd\t'macOS'
systemd\t'Linux'"
complete -c kmtop -n "__fish_kmtop_using_subcommand service; and not __fish_seen_subcommand_from install status remove help" -l config -d 'Settings file' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand service; and not __fish_seen_subcommand_from install status remove help" -l library -d 'Macro file or folder to serve; may be given more than once' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand service; and not __fish_seen_subcommand_from install status remove help" -l theme -d 'The console\'s theme' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand service; and not __fish_seen_subcommand_from install status remove help" -l window -d 'The console\'s time window, in seconds' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand service; and not __fish_seen_subcommand_from install status remove help" -l record -d 'Record what the console shows, or the server does, to this file; goes on at its end if it is there' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand service; and not __fish_seen_subcommand_from install status remove help" -l read-only -d 'Look and change nothing: keys of the console that change anything are off, and MCP clients get no class but `read`'
complete -c kmtop -n "__fish_kmtop_using_subcommand service; and not __fish_seen_subcommand_from install status remove help" -l plain -d 'Plain lines instead of a screen: for screen readers, logs and pipes'
complete -c kmtop -n "__fish_kmtop_using_subcommand service; and not __fish_seen_subcommand_from install status remove help" -s h -l help -d 'Print help'
complete -c kmtop -n "__fish_kmtop_using_subcommand service; and not __fish_seen_subcommand_from install status remove help" -f -a "install" -d 'Start kmtop now and at each login: a LaunchAgent, or a user unit of systemd. Upgrades one that runs'
complete -c kmtop -n "__fish_kmtop_using_subcommand service; and not __fish_seen_subcommand_from install status remove help" -f -a "status" -d 'Whether it is installed and runs, and where its log is'
complete -c kmtop -n "__fish_kmtop_using_subcommand service; and not __fish_seen_subcommand_from install status remove help" -f -a "remove" -d 'End it and take it out'
complete -c kmtop -n "__fish_kmtop_using_subcommand service; and not __fish_seen_subcommand_from install status remove help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c kmtop -n "__fish_kmtop_using_subcommand service; and __fish_seen_subcommand_from install" -l manager -d 'Whose unit; without it, this system\'s' -r -f -a "launchd\t'macOS'
systemd\t'Linux'"
complete -c kmtop -n "__fish_kmtop_using_subcommand service; and __fish_seen_subcommand_from install" -l config -d 'Settings file' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand service; and __fish_seen_subcommand_from install" -l library -d 'Macro file or folder to serve; may be given more than once' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand service; and __fish_seen_subcommand_from install" -l theme -d 'The console\'s theme' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand service; and __fish_seen_subcommand_from install" -l window -d 'The console\'s time window, in seconds' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand service; and __fish_seen_subcommand_from install" -l record -d 'Record what the console shows, or the server does, to this file; goes on at its end if it is there' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand service; and __fish_seen_subcommand_from install" -s y -l yes -d 'Do it without asking'
complete -c kmtop -n "__fish_kmtop_using_subcommand service; and __fish_seen_subcommand_from install" -l print -d 'Print the unit and write nothing'
complete -c kmtop -n "__fish_kmtop_using_subcommand service; and __fish_seen_subcommand_from install" -l read-only -d 'Look and change nothing: keys of the console that change anything are off, and MCP clients get no class but `read`'
complete -c kmtop -n "__fish_kmtop_using_subcommand service; and __fish_seen_subcommand_from install" -l plain -d 'Plain lines instead of a screen: for screen readers, logs and pipes'
complete -c kmtop -n "__fish_kmtop_using_subcommand service; and __fish_seen_subcommand_from install" -s h -l help -d 'Print help'
complete -c kmtop -n "__fish_kmtop_using_subcommand service; and __fish_seen_subcommand_from status" -l manager -d 'Whose unit; without it, this system\'s' -r -f -a "launchd\t'macOS'
systemd\t'Linux'"
complete -c kmtop -n "__fish_kmtop_using_subcommand service; and __fish_seen_subcommand_from status" -l config -d 'Settings file' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand service; and __fish_seen_subcommand_from status" -l library -d 'Macro file or folder to serve; may be given more than once' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand service; and __fish_seen_subcommand_from status" -l theme -d 'The console\'s theme' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand service; and __fish_seen_subcommand_from status" -l window -d 'The console\'s time window, in seconds' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand service; and __fish_seen_subcommand_from status" -l record -d 'Record what the console shows, or the server does, to this file; goes on at its end if it is there' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand service; and __fish_seen_subcommand_from status" -l read-only -d 'Look and change nothing: keys of the console that change anything are off, and MCP clients get no class but `read`'
complete -c kmtop -n "__fish_kmtop_using_subcommand service; and __fish_seen_subcommand_from status" -l plain -d 'Plain lines instead of a screen: for screen readers, logs and pipes'
complete -c kmtop -n "__fish_kmtop_using_subcommand service; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help'
complete -c kmtop -n "__fish_kmtop_using_subcommand service; and __fish_seen_subcommand_from remove" -l manager -d 'Whose unit; without it, this system\'s' -r -f -a "launchd\t'macOS'
systemd\t'Linux'"
complete -c kmtop -n "__fish_kmtop_using_subcommand service; and __fish_seen_subcommand_from remove" -l config -d 'Settings file' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand service; and __fish_seen_subcommand_from remove" -l library -d 'Macro file or folder to serve; may be given more than once' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand service; and __fish_seen_subcommand_from remove" -l theme -d 'The console\'s theme' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand service; and __fish_seen_subcommand_from remove" -l window -d 'The console\'s time window, in seconds' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand service; and __fish_seen_subcommand_from remove" -l record -d 'Record what the console shows, or the server does, to this file; goes on at its end if it is there' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand service; and __fish_seen_subcommand_from remove" -s y -l yes -d 'Do it without asking'
complete -c kmtop -n "__fish_kmtop_using_subcommand service; and __fish_seen_subcommand_from remove" -l read-only -d 'Look and change nothing: keys of the console that change anything are off, and MCP clients get no class but `read`'
complete -c kmtop -n "__fish_kmtop_using_subcommand service; and __fish_seen_subcommand_from remove" -l plain -d 'Plain lines instead of a screen: for screen readers, logs and pipes'
complete -c kmtop -n "__fish_kmtop_using_subcommand service; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help'
complete -c kmtop -n "__fish_kmtop_using_subcommand service; and __fish_seen_subcommand_from help" -f -a "install" -d 'Start kmtop now and at each login: a LaunchAgent, or a user unit of systemd. Upgrades one that runs'
complete -c kmtop -n "__fish_kmtop_using_subcommand service; and __fish_seen_subcommand_from help" -f -a "status" -d 'Whether it is installed and runs, and where its log is'
complete -c kmtop -n "__fish_kmtop_using_subcommand service; and __fish_seen_subcommand_from help" -f -a "remove" -d 'End it and take it out'
complete -c kmtop -n "__fish_kmtop_using_subcommand service; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c kmtop -n "__fish_kmtop_using_subcommand generate; and not __fish_seen_subcommand_from man completions config screen help" -l config -d 'Settings file' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand generate; and not __fish_seen_subcommand_from man completions config screen help" -l library -d 'Macro file or folder to serve; may be given more than once' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand generate; and not __fish_seen_subcommand_from man completions config screen help" -l theme -d 'The console\'s theme' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand generate; and not __fish_seen_subcommand_from man completions config screen help" -l window -d 'The console\'s time window, in seconds' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand generate; and not __fish_seen_subcommand_from man completions config screen help" -l record -d 'Record what the console shows, or the server does, to this file; goes on at its end if it is there' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand generate; and not __fish_seen_subcommand_from man completions config screen help" -l read-only -d 'Look and change nothing: keys of the console that change anything are off, and MCP clients get no class but `read`'
complete -c kmtop -n "__fish_kmtop_using_subcommand generate; and not __fish_seen_subcommand_from man completions config screen help" -l plain -d 'Plain lines instead of a screen: for screen readers, logs and pipes'
complete -c kmtop -n "__fish_kmtop_using_subcommand generate; and not __fish_seen_subcommand_from man completions config screen help" -s h -l help -d 'Print help'
complete -c kmtop -n "__fish_kmtop_using_subcommand generate; and not __fish_seen_subcommand_from man completions config screen help" -f -a "man" -d 'The manual page, for man'
complete -c kmtop -n "__fish_kmtop_using_subcommand generate; and not __fish_seen_subcommand_from man completions config screen help" -f -a "completions" -d 'Completions for a shell'
complete -c kmtop -n "__fish_kmtop_using_subcommand generate; and not __fish_seen_subcommand_from man completions config screen help" -f -a "config" -d 'A settings file with every key, its default and its range'
complete -c kmtop -n "__fish_kmtop_using_subcommand generate; and not __fish_seen_subcommand_from man completions config screen help" -f -a "screen" -d 'A screen of the console, drawn from a recording'
complete -c kmtop -n "__fish_kmtop_using_subcommand generate; and not __fish_seen_subcommand_from man completions config screen help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c kmtop -n "__fish_kmtop_using_subcommand generate; and __fish_seen_subcommand_from man" -l config -d 'Settings file' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand generate; and __fish_seen_subcommand_from man" -l library -d 'Macro file or folder to serve; may be given more than once' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand generate; and __fish_seen_subcommand_from man" -l theme -d 'The console\'s theme' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand generate; and __fish_seen_subcommand_from man" -l window -d 'The console\'s time window, in seconds' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand generate; and __fish_seen_subcommand_from man" -l record -d 'Record what the console shows, or the server does, to this file; goes on at its end if it is there' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand generate; and __fish_seen_subcommand_from man" -l read-only -d 'Look and change nothing: keys of the console that change anything are off, and MCP clients get no class but `read`'
complete -c kmtop -n "__fish_kmtop_using_subcommand generate; and __fish_seen_subcommand_from man" -l plain -d 'Plain lines instead of a screen: for screen readers, logs and pipes'
complete -c kmtop -n "__fish_kmtop_using_subcommand generate; and __fish_seen_subcommand_from man" -s h -l help -d 'Print help'
complete -c kmtop -n "__fish_kmtop_using_subcommand generate; and __fish_seen_subcommand_from completions" -l config -d 'Settings file' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand generate; and __fish_seen_subcommand_from completions" -l library -d 'Macro file or folder to serve; may be given more than once' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand generate; and __fish_seen_subcommand_from completions" -l theme -d 'The console\'s theme' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand generate; and __fish_seen_subcommand_from completions" -l window -d 'The console\'s time window, in seconds' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand generate; and __fish_seen_subcommand_from completions" -l record -d 'Record what the console shows, or the server does, to this file; goes on at its end if it is there' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand generate; and __fish_seen_subcommand_from completions" -l read-only -d 'Look and change nothing: keys of the console that change anything are off, and MCP clients get no class but `read`'
complete -c kmtop -n "__fish_kmtop_using_subcommand generate; and __fish_seen_subcommand_from completions" -l plain -d 'Plain lines instead of a screen: for screen readers, logs and pipes'
complete -c kmtop -n "__fish_kmtop_using_subcommand generate; and __fish_seen_subcommand_from completions" -s h -l help -d 'Print help'
complete -c kmtop -n "__fish_kmtop_using_subcommand generate; and __fish_seen_subcommand_from config" -l config -d 'Settings file' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand generate; and __fish_seen_subcommand_from config" -l library -d 'Macro file or folder to serve; may be given more than once' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand generate; and __fish_seen_subcommand_from config" -l theme -d 'The console\'s theme' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand generate; and __fish_seen_subcommand_from config" -l window -d 'The console\'s time window, in seconds' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand generate; and __fish_seen_subcommand_from config" -l record -d 'Record what the console shows, or the server does, to this file; goes on at its end if it is there' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand generate; and __fish_seen_subcommand_from config" -l read-only -d 'Look and change nothing: keys of the console that change anything are off, and MCP clients get no class but `read`'
complete -c kmtop -n "__fish_kmtop_using_subcommand generate; and __fish_seen_subcommand_from config" -l plain -d 'Plain lines instead of a screen: for screen readers, logs and pipes'
complete -c kmtop -n "__fish_kmtop_using_subcommand generate; and __fish_seen_subcommand_from config" -s h -l help -d 'Print help'
complete -c kmtop -n "__fish_kmtop_using_subcommand generate; and __fish_seen_subcommand_from screen" -l size -d 'Columns and rows' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand generate; and __fish_seen_subcommand_from screen" -l recording -d 'The recording; without one, a minute of `kmtop demo` that comes with the program' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand generate; and __fish_seen_subcommand_from screen" -l at -d 'So many seconds after its start; without it, at its end' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand generate; and __fish_seen_subcommand_from screen" -l keys -d 'Keys that are pressed first, for example 3zv' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand generate; and __fish_seen_subcommand_from screen" -l config -d 'Settings file' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand generate; and __fish_seen_subcommand_from screen" -l library -d 'Macro file or folder to serve; may be given more than once' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand generate; and __fish_seen_subcommand_from screen" -l theme -d 'The console\'s theme' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand generate; and __fish_seen_subcommand_from screen" -l window -d 'The console\'s time window, in seconds' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand generate; and __fish_seen_subcommand_from screen" -l record -d 'Record what the console shows, or the server does, to this file; goes on at its end if it is there' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand generate; and __fish_seen_subcommand_from screen" -l svg -d 'As an SVG instead of text'
complete -c kmtop -n "__fish_kmtop_using_subcommand generate; and __fish_seen_subcommand_from screen" -l ascii -d 'Only ASCII'
complete -c kmtop -n "__fish_kmtop_using_subcommand generate; and __fish_seen_subcommand_from screen" -l read-only -d 'Look and change nothing: keys of the console that change anything are off, and MCP clients get no class but `read`'
complete -c kmtop -n "__fish_kmtop_using_subcommand generate; and __fish_seen_subcommand_from screen" -l plain -d 'Plain lines instead of a screen: for screen readers, logs and pipes'
complete -c kmtop -n "__fish_kmtop_using_subcommand generate; and __fish_seen_subcommand_from screen" -s h -l help -d 'Print help'
complete -c kmtop -n "__fish_kmtop_using_subcommand generate; and __fish_seen_subcommand_from help" -f -a "man" -d 'The manual page, for man'
complete -c kmtop -n "__fish_kmtop_using_subcommand generate; and __fish_seen_subcommand_from help" -f -a "completions" -d 'Completions for a shell'
complete -c kmtop -n "__fish_kmtop_using_subcommand generate; and __fish_seen_subcommand_from help" -f -a "config" -d 'A settings file with every key, its default and its range'
complete -c kmtop -n "__fish_kmtop_using_subcommand generate; and __fish_seen_subcommand_from help" -f -a "screen" -d 'A screen of the console, drawn from a recording'
complete -c kmtop -n "__fish_kmtop_using_subcommand generate; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c kmtop -n "__fish_kmtop_using_subcommand themes; and not __fish_seen_subcommand_from list check import-btop help" -l config -d 'Settings file' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand themes; and not __fish_seen_subcommand_from list check import-btop help" -l library -d 'Macro file or folder to serve; may be given more than once' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand themes; and not __fish_seen_subcommand_from list check import-btop help" -l theme -d 'The console\'s theme' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand themes; and not __fish_seen_subcommand_from list check import-btop help" -l window -d 'The console\'s time window, in seconds' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand themes; and not __fish_seen_subcommand_from list check import-btop help" -l record -d 'Record what the console shows, or the server does, to this file; goes on at its end if it is there' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand themes; and not __fish_seen_subcommand_from list check import-btop help" -l read-only -d 'Look and change nothing: keys of the console that change anything are off, and MCP clients get no class but `read`'
complete -c kmtop -n "__fish_kmtop_using_subcommand themes; and not __fish_seen_subcommand_from list check import-btop help" -l plain -d 'Plain lines instead of a screen: for screen readers, logs and pipes'
complete -c kmtop -n "__fish_kmtop_using_subcommand themes; and not __fish_seen_subcommand_from list check import-btop help" -s h -l help -d 'Print help'
complete -c kmtop -n "__fish_kmtop_using_subcommand themes; and not __fish_seen_subcommand_from list check import-btop help" -f -a "list" -d 'Every theme, and where it comes from'
complete -c kmtop -n "__fish_kmtop_using_subcommand themes; and not __fish_seen_subcommand_from list check import-btop help" -f -a "check" -d 'What is wrong in themes: keys, colours, contrast. Without names, in all of them'
complete -c kmtop -n "__fish_kmtop_using_subcommand themes; and not __fish_seen_subcommand_from list check import-btop help" -f -a "import-btop" -d 'Print a theme of btop as one of kmtop'
complete -c kmtop -n "__fish_kmtop_using_subcommand themes; and not __fish_seen_subcommand_from list check import-btop help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c kmtop -n "__fish_kmtop_using_subcommand themes; and __fish_seen_subcommand_from list" -l config -d 'Settings file' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand themes; and __fish_seen_subcommand_from list" -l library -d 'Macro file or folder to serve; may be given more than once' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand themes; and __fish_seen_subcommand_from list" -l theme -d 'The console\'s theme' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand themes; and __fish_seen_subcommand_from list" -l window -d 'The console\'s time window, in seconds' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand themes; and __fish_seen_subcommand_from list" -l record -d 'Record what the console shows, or the server does, to this file; goes on at its end if it is there' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand themes; and __fish_seen_subcommand_from list" -l read-only -d 'Look and change nothing: keys of the console that change anything are off, and MCP clients get no class but `read`'
complete -c kmtop -n "__fish_kmtop_using_subcommand themes; and __fish_seen_subcommand_from list" -l plain -d 'Plain lines instead of a screen: for screen readers, logs and pipes'
complete -c kmtop -n "__fish_kmtop_using_subcommand themes; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c kmtop -n "__fish_kmtop_using_subcommand themes; and __fish_seen_subcommand_from check" -l config -d 'Settings file' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand themes; and __fish_seen_subcommand_from check" -l library -d 'Macro file or folder to serve; may be given more than once' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand themes; and __fish_seen_subcommand_from check" -l theme -d 'The console\'s theme' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand themes; and __fish_seen_subcommand_from check" -l window -d 'The console\'s time window, in seconds' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand themes; and __fish_seen_subcommand_from check" -l record -d 'Record what the console shows, or the server does, to this file; goes on at its end if it is there' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand themes; and __fish_seen_subcommand_from check" -l read-only -d 'Look and change nothing: keys of the console that change anything are off, and MCP clients get no class but `read`'
complete -c kmtop -n "__fish_kmtop_using_subcommand themes; and __fish_seen_subcommand_from check" -l plain -d 'Plain lines instead of a screen: for screen readers, logs and pipes'
complete -c kmtop -n "__fish_kmtop_using_subcommand themes; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help'
complete -c kmtop -n "__fish_kmtop_using_subcommand themes; and __fish_seen_subcommand_from import-btop" -l config -d 'Settings file' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand themes; and __fish_seen_subcommand_from import-btop" -l library -d 'Macro file or folder to serve; may be given more than once' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand themes; and __fish_seen_subcommand_from import-btop" -l theme -d 'The console\'s theme' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand themes; and __fish_seen_subcommand_from import-btop" -l window -d 'The console\'s time window, in seconds' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand themes; and __fish_seen_subcommand_from import-btop" -l record -d 'Record what the console shows, or the server does, to this file; goes on at its end if it is there' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand themes; and __fish_seen_subcommand_from import-btop" -l read-only -d 'Look and change nothing: keys of the console that change anything are off, and MCP clients get no class but `read`'
complete -c kmtop -n "__fish_kmtop_using_subcommand themes; and __fish_seen_subcommand_from import-btop" -l plain -d 'Plain lines instead of a screen: for screen readers, logs and pipes'
complete -c kmtop -n "__fish_kmtop_using_subcommand themes; and __fish_seen_subcommand_from import-btop" -s h -l help -d 'Print help'
complete -c kmtop -n "__fish_kmtop_using_subcommand themes; and __fish_seen_subcommand_from help" -f -a "list" -d 'Every theme, and where it comes from'
complete -c kmtop -n "__fish_kmtop_using_subcommand themes; and __fish_seen_subcommand_from help" -f -a "check" -d 'What is wrong in themes: keys, colours, contrast. Without names, in all of them'
complete -c kmtop -n "__fish_kmtop_using_subcommand themes; and __fish_seen_subcommand_from help" -f -a "import-btop" -d 'Print a theme of btop as one of kmtop'
complete -c kmtop -n "__fish_kmtop_using_subcommand themes; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c kmtop -n "__fish_kmtop_using_subcommand bundle" -s o -l output -d 'The file to write; without it, kmtop-bundle-DATE-TIME.tar.gz in this folder' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand bundle" -l config -d 'Settings file' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand bundle" -l library -d 'Macro file or folder to serve; may be given more than once' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand bundle" -l theme -d 'The console\'s theme' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand bundle" -l window -d 'The console\'s time window, in seconds' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand bundle" -l record -d 'Record what the console shows, or the server does, to this file; goes on at its end if it is there' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand bundle" -l read-only -d 'Look and change nothing: keys of the console that change anything are off, and MCP clients get no class but `read`'
complete -c kmtop -n "__fish_kmtop_using_subcommand bundle" -l plain -d 'Plain lines instead of a screen: for screen readers, logs and pipes'
complete -c kmtop -n "__fish_kmtop_using_subcommand bundle" -s h -l help -d 'Print help'
complete -c kmtop -n "__fish_kmtop_using_subcommand worker" -l config -d 'Settings file' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand worker" -l library -d 'Macro file or folder to serve; may be given more than once' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand worker" -l theme -d 'The console\'s theme' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand worker" -l window -d 'The console\'s time window, in seconds' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand worker" -l record -d 'Record what the console shows, or the server does, to this file; goes on at its end if it is there' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand worker" -l web -d 'Speak with Keyboard Maestro\'s web server'
complete -c kmtop -n "__fish_kmtop_using_subcommand worker" -l read-only -d 'Look and change nothing: keys of the console that change anything are off, and MCP clients get no class but `read`'
complete -c kmtop -n "__fish_kmtop_using_subcommand worker" -l plain -d 'Plain lines instead of a screen: for screen readers, logs and pipes'
complete -c kmtop -n "__fish_kmtop_using_subcommand worker" -s h -l help -d 'Print help'
complete -c kmtop -n "__fish_kmtop_using_subcommand doctor" -l config -d 'Settings file' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand doctor" -l library -d 'Macro file or folder to serve; may be given more than once' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand doctor" -l theme -d 'The console\'s theme' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand doctor" -l window -d 'The console\'s time window, in seconds' -r
complete -c kmtop -n "__fish_kmtop_using_subcommand doctor" -l record -d 'Record what the console shows, or the server does, to this file; goes on at its end if it is there' -r -F
complete -c kmtop -n "__fish_kmtop_using_subcommand doctor" -l json -d 'As JSON'
complete -c kmtop -n "__fish_kmtop_using_subcommand doctor" -l read-only -d 'Look and change nothing: keys of the console that change anything are off, and MCP clients get no class but `read`'
complete -c kmtop -n "__fish_kmtop_using_subcommand doctor" -l plain -d 'Plain lines instead of a screen: for screen readers, logs and pipes'
complete -c kmtop -n "__fish_kmtop_using_subcommand doctor" -s h -l help -d 'Print help'
complete -c kmtop -n "__fish_kmtop_using_subcommand help; and not __fish_seen_subcommand_from attach demo once call token approve replay export simulate stop-all bench profile check baseline report macros init connect service generate themes bundle worker doctor help" -f -a "attach" -d 'The console on a running server'
complete -c kmtop -n "__fish_kmtop_using_subcommand help; and not __fish_seen_subcommand_from attach demo once call token approve replay export simulate stop-all bench profile check baseline report macros init connect service generate themes bundle worker doctor help" -f -a "demo" -d 'Server, console and clients on a sample library, in a temporary home: the first minute'
complete -c kmtop -n "__fish_kmtop_using_subcommand help; and not __fish_seen_subcommand_from attach demo once call token approve replay export simulate stop-all bench profile check baseline report macros init connect service generate themes bundle worker doctor help" -f -a "once" -d 'One snapshot on stdout'
complete -c kmtop -n "__fish_kmtop_using_subcommand help; and not __fish_seen_subcommand_from attach demo once call token approve replay export simulate stop-all bench profile check baseline report macros init connect service generate themes bundle worker doctor help" -f -a "call" -d 'Call a tool and print its answer'
complete -c kmtop -n "__fish_kmtop_using_subcommand help; and not __fish_seen_subcommand_from attach demo once call token approve replay export simulate stop-all bench profile check baseline report macros init connect service generate themes bundle worker doctor help" -f -a "token" -d 'Tokens for MCP clients over HTTP: who they are, and what they may do'
complete -c kmtop -n "__fish_kmtop_using_subcommand help; and not __fish_seen_subcommand_from attach demo once call token approve replay export simulate stop-all bench profile check baseline report macros init connect service generate themes bundle worker doctor help" -f -a "approve" -d 'Answer calls that wait for your yes or no (`ask` in the settings)'
complete -c kmtop -n "__fish_kmtop_using_subcommand help; and not __fish_seen_subcommand_from attach demo once call token approve replay export simulate stop-all bench profile check baseline report macros init connect service generate themes bundle worker doctor help" -f -a "replay" -d 'The console over a recording, or over what this home\'s server has kept'
complete -c kmtop -n "__fish_kmtop_using_subcommand help; and not __fish_seen_subcommand_from attach demo once call token approve replay export simulate stop-all bench profile check baseline report macros init connect service generate themes bundle worker doctor help" -f -a "export" -d 'What this home\'s server has kept, or a recording, as CSV or JSON Lines'
complete -c kmtop -n "__fish_kmtop_using_subcommand help; and not __fish_seen_subcommand_from attach demo once call token approve replay export simulate stop-all bench profile check baseline report macros init connect service generate themes bundle worker doctor help" -f -a "simulate" -d 'Controllers of the pool\'s size on made-up, written or recorded calls, in virtual time: what if'
complete -c kmtop -n "__fish_kmtop_using_subcommand help; and not __fish_seen_subcommand_from attach demo once call token approve replay export simulate stop-all bench profile check baseline report macros init connect service generate themes bundle worker doctor help" -f -a "stop-all" -d 'The red stop: cancel every run of this home\'s server and refuse new ones until it is lifted'
complete -c kmtop -n "__fish_kmtop_using_subcommand help; and not __fish_seen_subcommand_from attach demo once call token approve replay export simulate stop-all bench profile check baseline report macros init connect service generate themes bundle worker doctor help" -f -a "bench" -d 'Load test of a server of its own, or of any MCP server'
complete -c kmtop -n "__fish_kmtop_using_subcommand help; and not __fish_seen_subcommand_from attach demo once call token approve replay export simulate stop-all bench profile check baseline report macros init connect service generate themes bundle worker doctor help" -f -a "profile" -d 'One operation again and again: where its time goes, and what it costs'
complete -c kmtop -n "__fish_kmtop_using_subcommand help; and not __fish_seen_subcommand_from attach demo once call token approve replay export simulate stop-all bench profile check baseline report macros init connect service generate themes bundle worker doctor help" -f -a "check" -d 'Whether promises are kept: by a load test, the history, or the running server'
complete -c kmtop -n "__fish_kmtop_using_subcommand help; and not __fish_seen_subcommand_from attach demo once call token approve replay export simulate stop-all bench profile check baseline report macros init connect service generate themes bundle worker doctor help" -f -a "baseline" -d 'Stored baselines, and what became slower since'
complete -c kmtop -n "__fish_kmtop_using_subcommand help; and not __fish_seen_subcommand_from attach demo once call token approve replay export simulate stop-all bench profile check baseline report macros init connect service generate themes bundle worker doctor help" -f -a "report" -d 'What this home\'s server did over a while: incidents, changes, contracts, trends'
complete -c kmtop -n "__fish_kmtop_using_subcommand help; and not __fish_seen_subcommand_from attach demo once call token approve replay export simulate stop-all bench profile check baseline report macros init connect service generate themes bundle worker doctor help" -f -a "macros" -d 'What macro files hold, and what of it runs here'
complete -c kmtop -n "__fish_kmtop_using_subcommand help; and not __fish_seen_subcommand_from attach demo once call token approve replay export simulate stop-all bench profile check baseline report macros init connect service generate themes bundle worker doctor help" -f -a "init" -d 'A first settings file and the sample library'
complete -c kmtop -n "__fish_kmtop_using_subcommand help; and not __fish_seen_subcommand_from attach demo once call token approve replay export simulate stop-all bench profile check baseline report macros init connect service generate themes bundle worker doctor help" -f -a "connect" -d 'Add kmtop to a client\'s own settings, after showing what changes there'
complete -c kmtop -n "__fish_kmtop_using_subcommand help; and not __fish_seen_subcommand_from attach demo once call token approve replay export simulate stop-all bench profile check baseline report macros init connect service generate themes bundle worker doctor help" -f -a "service" -d 'Run kmtop from login to logout'
complete -c kmtop -n "__fish_kmtop_using_subcommand help; and not __fish_seen_subcommand_from attach demo once call token approve replay export simulate stop-all bench profile check baseline report macros init connect service generate themes bundle worker doctor help" -f -a "generate" -d 'Manual page, completions, settings file, pictures of the console'
complete -c kmtop -n "__fish_kmtop_using_subcommand help; and not __fish_seen_subcommand_from attach demo once call token approve replay export simulate stop-all bench profile check baseline report macros init connect service generate themes bundle worker doctor help" -f -a "themes" -d 'The console\'s themes: which there are, whether they can be read, those of btop'
complete -c kmtop -n "__fish_kmtop_using_subcommand help; and not __fish_seen_subcommand_from attach demo once call token approve replay export simulate stop-all bench profile check baseline report macros init connect service generate themes bundle worker doctor help" -f -a "bundle" -d 'Diagnostics in one file, without secrets'
complete -c kmtop -n "__fish_kmtop_using_subcommand help; and not __fish_seen_subcommand_from attach demo once call token approve replay export simulate stop-all bench profile check baseline report macros init connect service generate themes bundle worker doctor help" -f -a "worker" -d 'The process that executes; speaks the worker protocol on stdin and stdout'
complete -c kmtop -n "__fish_kmtop_using_subcommand help; and not __fish_seen_subcommand_from attach demo once call token approve replay export simulate stop-all bench profile check baseline report macros init connect service generate themes bundle worker doctor help" -f -a "doctor" -d 'What is wrong with this installation, and the fix for each fault'
complete -c kmtop -n "__fish_kmtop_using_subcommand help; and not __fish_seen_subcommand_from attach demo once call token approve replay export simulate stop-all bench profile check baseline report macros init connect service generate themes bundle worker doctor help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c kmtop -n "__fish_kmtop_using_subcommand help; and __fish_seen_subcommand_from token" -f -a "create" -d 'Make a token and print it, once'
complete -c kmtop -n "__fish_kmtop_using_subcommand help; and __fish_seen_subcommand_from token" -f -a "list" -d 'Every token: what it may do, and how long it is valid'
complete -c kmtop -n "__fish_kmtop_using_subcommand help; and __fish_seen_subcommand_from token" -f -a "revoke" -d 'End a token; a running server takes it at once'
complete -c kmtop -n "__fish_kmtop_using_subcommand help; and __fish_seen_subcommand_from token" -f -a "rotate" -d 'Print another text for a token; the one before stays valid for a while'
complete -c kmtop -n "__fish_kmtop_using_subcommand help; and __fish_seen_subcommand_from baseline" -f -a "save" -d 'Add windows to a baseline: results of `kmtop bench --json`, or five minutes each of the history; the newest 20 are kept'
complete -c kmtop -n "__fish_kmtop_using_subcommand help; and __fish_seen_subcommand_from baseline" -f -a "list" -d 'All baselines of this home'
complete -c kmtop -n "__fish_kmtop_using_subcommand help; and __fish_seen_subcommand_from baseline" -f -a "show" -d 'The windows of a baseline, with their circumstances'
complete -c kmtop -n "__fish_kmtop_using_subcommand help; and __fish_seen_subcommand_from baseline" -f -a "compare" -d 'What became slower since: exit code 1 when that is confirmed, 2 when nothing could be compared'
complete -c kmtop -n "__fish_kmtop_using_subcommand help; and __fish_seen_subcommand_from macros" -f -a "list" -d 'Every macro: what becomes of it here, its UUID, group and name'
complete -c kmtop -n "__fish_kmtop_using_subcommand help; and __fish_seen_subcommand_from macros" -f -a "show" -d 'One macro: its actions, triggers, variables, calls, and what becomes of each action here'
complete -c kmtop -n "__fish_kmtop_using_subcommand help; and __fish_seen_subcommand_from macros" -f -a "lint" -d 'What runs, is simulated or is refused here, action by action'
complete -c kmtop -n "__fish_kmtop_using_subcommand help; and __fish_seen_subcommand_from service" -f -a "install" -d 'Start kmtop now and at each login: a LaunchAgent, or a user unit of systemd. Upgrades one that runs'
complete -c kmtop -n "__fish_kmtop_using_subcommand help; and __fish_seen_subcommand_from service" -f -a "status" -d 'Whether it is installed and runs, and where its log is'
complete -c kmtop -n "__fish_kmtop_using_subcommand help; and __fish_seen_subcommand_from service" -f -a "remove" -d 'End it and take it out'
complete -c kmtop -n "__fish_kmtop_using_subcommand help; and __fish_seen_subcommand_from generate" -f -a "man" -d 'The manual page, for man'
complete -c kmtop -n "__fish_kmtop_using_subcommand help; and __fish_seen_subcommand_from generate" -f -a "completions" -d 'Completions for a shell'
complete -c kmtop -n "__fish_kmtop_using_subcommand help; and __fish_seen_subcommand_from generate" -f -a "config" -d 'A settings file with every key, its default and its range'
complete -c kmtop -n "__fish_kmtop_using_subcommand help; and __fish_seen_subcommand_from generate" -f -a "screen" -d 'A screen of the console, drawn from a recording'
complete -c kmtop -n "__fish_kmtop_using_subcommand help; and __fish_seen_subcommand_from themes" -f -a "list" -d 'Every theme, and where it comes from'
complete -c kmtop -n "__fish_kmtop_using_subcommand help; and __fish_seen_subcommand_from themes" -f -a "check" -d 'What is wrong in themes: keys, colours, contrast. Without names, in all of them'
complete -c kmtop -n "__fish_kmtop_using_subcommand help; and __fish_seen_subcommand_from themes" -f -a "import-btop" -d 'Print a theme of btop as one of kmtop'
