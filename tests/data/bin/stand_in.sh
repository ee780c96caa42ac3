#!/bin/sh
# A stand-in worker that misbehaves as it is told: at its start by its first argument, in a job by the words "do:WHAT MORE"
# anywhere in the job. It answers every other job, and "do:echo MORE", with the MORE. Plain POSIX shell.

nonce= fault=${1:-}

answer() { # id, text
    printf '{"type":"result","id":%s,"nonce":"%s","value":{"status":"finished","result":"%s"},"own_us":1}\n' "$1" "$nonce" "$2"
}

# Takes what comes and says nothing, until the server is gone.
listen() { while read -r line; do :; done; exit 0; }

case $fault in
exit) echo 'cannot find my engine' >&2; exit 3 ;;
hang) listen ;;
garbage) printf 'SECRET-GARBAGE \033]52;c;eA==\007 {"type":\n'; listen ;;
close) exec >&-; listen ;;
crash) kill -9 $$ ;;
partial) printf '{"type":"hello",'; exit 0 ;;
esac

read -r line || exit 0
nonce=${line#*\"nonce\":\"} nonce=${nonce%%\"*}
printf '{"type":"hello","version":1,"nonce":"%s","name":"stand-in","operations":["ping"]}\n' "$nonce"

kept= ready=
while read -r line; do
    case $line in *'"type":"run"'*) ;; *) continue ;; esac
    id=${line#*\"id\":} id=${id%%,*}
    what= more=
    case $line in
    *do:*) what=${line#*do:} what=${what%%\"*} more=${what#* } what=${what%% *} ;;
    esac
    # The first job, and what is asked of a worker that was idle.
    if [ "$id" = 0 ]; then
        case $fault$ready in
        warm-exit) exit 5 ;;
        warm-hang | sick-hang1) listen ;;
        sick-exit1) exit 5 ;;
        sick-garbage1) echo 'SECRET-GARBAGE'; listen ;;
        sick-close1) exec >&-; listen ;;
        warm-garbage) echo 'SECRET-GARBAGE'; listen ;;
        esac
        ready=1
        answer 0 ''
        continue
    fi
    case $what in
    crash) kill -9 $$ ;;
    exit) exit 7 ;;
    once) if [ -e "$more" ]; then answer "$id" again; else : >"$more"; kill -9 $$; fi ;;
    hang) listen ;;
    stop) kill -STOP $$ ;;
    spin) while :; do :; done ;;
    slow) sleep "$more"; answer "$id" "$more" ;;
    garbage) printf 'SECRET-GARBAGE \033]52;c;eA==\007\n' ;;
    partial) printf '{"type":"result","id":%s,' "$id"; exit 0 ;;
    long) head -c 100000000 /dev/zero | tr '\0' x; echo ;;
    drip) while :; do printf x; sleep 0.1; done ;;
    twice) answer "$id" "$more"; answer "$id" stale ;;
    other) answer "$((id + 1))" stale ;;
    forge) printf '{"type":"result","id":%s,"nonce":"guessed","value":{"result":"stale"},"own_us":1}\n' "$id" ;;
    late) while read -r line; do case $line in *'"type":"cancel"'*) answer "$id" "$more" ;; esac; done; exit 0 ;;
    polite)
        while read -r line; do
            case $line in
            *'"type":"cancel"'*)
                printf '{"type":"error","id":%s,"nonce":"%s","error":{"code":"cancelled","message":"stopped","outcome":"unknown"},"own_us":1}\n' "$id" "$nonce"
                break
                ;;
            esac
        done
        ;;
    close) exec >&-; listen ;;
    child) sleep "$more" & listen ;;
    stubborn) trap '' TERM; sleep "$more" & listen ;;
    leak) kept=$kept$(head -c 40000000 /dev/zero | tr '\0' x); answer "$id" ${#kept} ;;
    flood) head -c 200000000 /dev/zero | tr '\0' e >&2; answer "$id" "$more" ;;
    then)
        answer "$id" "$more"
        case $more in
        crash) kill -9 $$ ;;
        exit) exit 7 ;;
        garbage) printf 'SECRET-GARBAGE' ; echo ;;
        close) exec >&-; listen ;;
        stale) answer "$id" stale ;;
        esac
        ;;
    deafen) answer "$id" "$more"; exec sleep 600 ;;
    *) answer "$id" "$more" ;;
    esac
done
