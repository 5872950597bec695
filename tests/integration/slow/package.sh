#!/bin/bash
# package.sh: `meson dist` makes a tarball; in a clean Debian root with nothing but the declared Build-Depends it becomes a
# package that lintian has nothing to say about; in another one the package is installed, and an unprivileged user runs the
# installed example with it. SUITE=trixie tries that release of Debian instead of this host's.
# own-cluster
source "$(dirname "$0")/../lib.sh"
cd "$root" || exit 1

skip()
{
    ok "$1 # SKIP $2"
    finish
}

suite=${SUITE:-$(. /etc/os-release && [ "${ID:-}" = debian ] && echo "${VERSION_CODENAME:-}")}
[ -n "$suite" ] || skip "a package" "this is not Debian"
[ "$(id -u)" -eq 0 ] || skip "a package" "only root may change its root"
# Mounts of its own; they go with the process.
if [ -z "${PACKAGE_INSIDE:-}" ]; then
    unshare -m true 2> /dev/null || skip "a package" "cannot mount"
    trap - EXIT
    rm -rf "$work"
    PACKAGE_INSIDE=yes exec unshare -m "$0"
fi
# First the mounts: /proc is not to be removed file by file.
clean_up_roots()
{
    awk -v work="$work/" 'index($2, work) == 1 { print $2 }' /proc/self/mounts | sort -r | xargs -r umount -l
    clean_up
}
trap clean_up_roots EXIT
for program in git meson mmdebstrap lintian; do
    command -v "$program" > /dev/null || skip "a package" "no $program; scripts/setup lint installs it"
done
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
unset PGHOST PGPORT PGUSER PGDATABASE PGOPTIONS

# step WHAT COMMAND...: succeeds; else the end of what it wrote is shown, and the test is over
step()
{
    if "${@:2}" > "$work/log" 2>&1 < /dev/null; then
        ok "$1"
    else
        not_ok "$1"
        { grep -aE "^not ok|Failure!|^# ERROR|error:" "$work/log" | head -n 40; tail -n 20 "$work/log"; } | sed 's/^/#   /'
        finish
    fi
}

# ---- meson dist, of the working copy's tracked files

version=$(sed -n "s/^  version: '\(.*\)',/\1/p" meson.build)
same "the package has the program's version" "$version" "$(dpkg-parsechangelog -S Version)"
mkdir "$work/tree"
commit()
{
    git ls-files -z | xargs -0 cp --parents -t "$work/tree" && cd "$work/tree" && git init -q && git add -A &&
        git -c user.name=test -c user.email=test@localhost -c commit.gpgsign=false commit -q -m "as it stands"
}
step "a clean checkout" commit
step "is configured without the tests" meson setup "$work/tree/build" "$work/tree" -Dtests=false
step "meson dist" meson dist -C "$work/tree/build" --no-tests
mkdir "$work/source"
step "is a tarball" tar -xf "$work/tree/build/meson-dist/matswap-$version.tar.xz" -C "$work/source"
same "of what is tracked" "$(git ls-files | sort)" "$(cd "$work/source/matswap-$version" && find . -type f -printf '%P\n' | sort)"

# ---- two clean roots

if ! mmdebstrap --variant=apt --include=passwd "$suite" "$work/root.tar" > "$work/log" 2>&1 < /dev/null; then
    skip "a clean root" "mmdebstrap: $(tail -n 1 "$work/log")"
fi

# new_root NAME: with what programs expect of a running system, and a user
new_root()
{
    mkdir "$work/$1"
    tar -xf "$work/root.tar" -C "$work/$1"
    mount -t proc proc "$work/$1/proc"
    mount -t tmpfs -o mode=1777 tmpfs "$work/$1/dev/shm"
    in_root "$1" useradd --create-home tester
}

# in_root NAME COMMAND...
in_root()
{
    chroot "$work/$1" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "${@:2}"
}

# as_user NAME COMMAND: in the shell, as the user
as_user()
{
    in_root "$1" setpriv --reuid=tester --regid=tester --init-groups env HOME=/home/tester sh -c "$2"
}

new_root builder
cp -r "$work/source/matswap-$version" "$work/builder/home/tester/matswap"
step "Build-Depends can be had" in_root builder sh -c 'apt-get update && apt-get build-dep -y --no-install-recommends /home/tester/matswap'
in_root builder chown -R tester: /home/tester
step "dpkg-buildpackage" as_user builder "cd /home/tester/matswap && DEB_BUILD_OPTIONS=parallel=$(nproc) dpkg-buildpackage -us -uc"
cp "$work/log" "$work/build.log"
says "it has run tests" '^Ok: +[1-9][0-9]' "$work/build.log"
same "without a warning of the compiler" "" "$(grep -E '\.[ch]:[0-9]+:[0-9]+: (warning|error):' "$work/build.log")"
package=matswap_${version}_$(dpkg --print-architecture).deb
mkdir "$work/made"
cp "$work/builder/home/tester/"matswap_* "$work/builder/home/tester/"matswap-dbgsym_* "$work/made"
same "the source package holds the same" "$(git ls-files | sort)" \
    "$(tar -tf "$work/made/matswap_$version.tar.xz" | grep -v '/$' | cut -d/ -f2- | sort)"
same "lintian has nothing to say" "" "$(cd "$work/made" && lintian --allow-root --display-info --pedantic ./*.changes 2>&1)"

new_root user
cp "$work/made/$package" "$work/user/root/"
step "apt-get installs it" in_root user sh -c "apt-get update && apt-get install -y --no-install-recommends /root/$package postgresql man-db bash-completion"
same "matswap --version" "matswap $version" "$(as_user user 'matswap --version' | cut -d' ' -f1,2 | head -n 1)"
same "no library is missing" "" "$(in_root user ldd /usr/bin/matswap | grep 'not found')"
same "every manual page can be read" "" "$(in_root user sh -c 'dpkg -L matswap | sed -n "s:^/usr/share/man/man\([0-9]\)/\(.*\)\.[0-9]\.gz$:\1 \2:p"' |
    while read -r section page; do
        as_user user "man -P cat $section $page" 2>&1 | grep -q "^NAME" || echo "$page($section)"
    done)"
as_user user "man -P cat matswap" > "$work/out" 2>&1
says "man matswap" "rebuild" "$work/out"
in_root user bash -c '. /usr/share/bash-completion/bash_completion; _completion_loader matswap; complete -p matswap' > "$work/out" 2>&1
says "bash completes it" "^complete .*matswap" "$work/out"
cp -r "$work/source/matswap-$version" "$work/user/home/tester/matswap"
in_root user chown -R tester: /home/tester
step "an unprivileged user runs the installed example" as_user user "cd /home/tester/matswap && debian/tests/gitcoin"
says "two generations were swapped in" "swapped +10 views in one transaction" "$work/log"
step "apt-get purges it" in_root user apt-get purge -y matswap
same "and nothing is left" "" "$(in_root user find / -xdev -path /home -prune -o -path /root -prune -o -path /var -prune -o -path /proc -prune -o -iname '*matswap*' -print)"
finish
