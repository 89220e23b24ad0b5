#!/bin/sh
# Finish the layer's folder: take out what is never used, add byte code, and give every file one time.
#   finish_layer.sh FOLDER
set -eu
folder=$1

# Caches of this machine, console scripts, and the metadata of packages, which nothing here reads.
find "$folder" -name __pycache__ -type d -prune -exec rm -rf {} +
rm -rf "$folder/bin" "$folder"/*.dist-info

# Parts of packages that no function imports: Powertools beside its logger, pydantic's older self and its mypy plugin,
# pyzeebe beside its generated code.
powertools=$folder/aws_lambda_powertools
rm -rf "$powertools/event_handler" "$powertools/middleware_factory" "$folder/pydantic/v1" "$folder/pydantic/mypy.py"
for part in "$powertools"/utilities/*/; do
    case $part in
        */jmespath_utils/ | */typing/) ;;
        *) rm -rf "$part" ;;
    esac
done
for part in "$folder"/pyzeebe/*/; do
    case $part in
        */proto/) ;;
        *) rm -rf "$part" ;;
    esac
done

# Python 3.13: the given one, or one of this machine. A pyenv shim may be there without a version behind it.
python313=
for candidate in "${PYTHON313:-}" python3.13 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.13*/bin/python3.13; do
    if [ -n "$candidate" ] && "$candidate" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13))' 2> /dev/null; then
        python313=$candidate
        break
    fi
done
if [ -z "$python313" ] && command -v uv > /dev/null 2>&1; then
    python313=$(uv python find --quiet 3.13 2> /dev/null || true)
fi

# Byte code halves the cold start. Only the same minor version can make it.
if [ -n "$python313" ]; then
    PYTHONHASHSEED=0 "$python313" -m compileall -q --invalidation-mode unchecked-hash -s "$folder" -p /opt/python "$folder"
elif [ "${CI:-}" = true ]; then
    echo "No Python 3.13 was found, so the layer would hold no byte code. Install it, or set PYTHON313 to its path." >&2
    exit 1
else
    echo "warning: no Python 3.13 was found, so the layer holds no byte code and cold starts take about twice as long." >&2
    echo "         Install it (for example: uv python install 3.13), or set PYTHON313 to its path, and build again." >&2
fi

# Folders that only a cache was in, and the time of each file: archives carry both, and two builds shall be equal.
find "$folder" -type d -empty -delete
find "$folder" -exec touch -h -d '1980-01-02T00:00:00Z' {} +
