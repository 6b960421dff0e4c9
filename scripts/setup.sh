#!/usr/bin/env bash
# Builds .venv (unless it is a link to another clone's, which is used as it is) once from pyproject.toml and constraints.txt, and does nothing while neither changes.
#   PYTHON       the Python to build with; default: the first of python3, python3.13, 3.12, 3.11 that is 3.11 to 3.13
#   LA2DS_TORCH  another torch requirement than constraints.txt's, such as torch==2.12.0, or a path to a wheel
# pip's own settings (an index for CPU or CUDA builds, a proxy) stay in force.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

VENV=.venv
STAMP=$VENV/la2ds-setup

say() { printf 'set-up: %s\n' "$*" >&2; }
die() {
	say "$*"
	exit 1
}

supported() {
	"$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null
}

find_python() {
	local candidate
	if [[ -n ${PYTHON:-} ]]; then
		supported "$PYTHON" || die "PYTHON=$PYTHON is not a Python 3.11, 3.12 or 3.13"
		printf '%s' "$PYTHON"
		return
	fi
	for candidate in python3 python3.13 python3.12 python3.11; do
		if supported "$candidate"; then
			printf '%s' "$candidate"
			return
		fi
	done
	die "needs Python 3.11, 3.12 or 3.13, found $(python3 --version 2>&1 || true); name another with PYTHON=..."
}

fingerprint() {
	"$VENV/bin/python" - "${LA2DS_TORCH:-}" <<-'PYTHON'
		import hashlib, pathlib, sys
		files = [pathlib.Path(name).read_bytes() for name in ("pyproject.toml", "constraints.txt", "scripts/setup.sh")]
		state = [*files, sys.argv[1].encode(), sys.version.encode(), str(pathlib.Path.cwd()).encode()]
		print(hashlib.sha256(b"\0".join(state)).hexdigest())
	PYTHON
}

make_venv() {
	local python
	python=$(find_python)
	say "making $VENV with $("$python" --version)"
	"$python" -m venv "$VENV" || {
		rm -rf "$VENV"
		die "'$python -m venv' failed; on Debian and Ubuntu its package is called python3-venv"
	}
}

install() {
	local torch constraints=$VENV/constraints.txt
	cp constraints.txt "$constraints"
	torch=$(grep '^torch==' constraints.txt)
	if [[ -n ${LA2DS_TORCH:-} ]]; then
		torch=$LA2DS_TORCH
		grep -v '^torch==' constraints.txt >"$constraints"
	fi
	say "installing, a few minutes"
	# torch stands in the same call: resolved alone, whatever depends on it could bring another build of it.
	"$VENV/bin/python" -m pip install --quiet --constraint "$constraints" "$torch" \
		--editable '.[video,rgb,rtmpose,poses,workflow,tracking,dev]' || die "pip could not install; its message stands above"
}

check_opencv() {
	local distribution version
	distribution=$("$VENV/bin/python" -m pip list --format freeze | grep -i '^opencv' || true)
	[[ $(grep -c . <<<"$distribution") == 1 ]] ||
		die "expected exactly one OpenCV in $VENV, found: ${distribution//$'\n'/, }"
	if "$VENV/bin/python" -c 'import cv2' 2>"$VENV/cv2.log"; then
		return
	fi
	grep -q 'lib.*\.so' "$VENV/cv2.log" || die "import cv2 failed: $(tail -n 1 "$VENV/cv2.log")"
	version=${distribution#*==}
	say "OpenCV finds no display libraries here ($(tail -n 1 "$VENV/cv2.log")); taking its headless build instead"
	"$VENV/bin/python" -m pip uninstall --quiet --yes opencv-contrib-python
	"$VENV/bin/python" -m pip install --quiet --no-deps "opencv-contrib-python-headless==$version" ||
		"$VENV/bin/python" -m pip install --quiet --no-deps "opencv-contrib-python-headless" ||
		die "the headless build could not be installed"
	"$VENV/bin/python" -c 'import cv2' || die "OpenCV cannot be imported, its headless build neither"
}

if [[ -L $VENV ]]; then # another clone's: it is used as it is, and stays that clone's
	[[ -x $VENV/bin/python ]] || die "$VENV is a link to $(readlink "$VENV"), where no Python is"
	exit 0
fi
[[ -x $VENV/bin/python ]] && supported "$VENV/bin/python" || {
	rm -rf "$VENV"
	make_venv
}
if [[ ! -f $STAMP || $(<"$STAMP") != "$(fingerprint)" ]]; then
	install
	check_opencv
	fingerprint >"$STAMP"
	say "done"
fi
