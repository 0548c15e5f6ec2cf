#!/usr/bin/env bash
# Builds a tree that runs where it stands: artifacts/tcmu-runner with the program, and one folder for each handler in handlers/.
set -euo pipefail
cd "$(dirname "$0")"

output=artifacts/tcmu-runner
staging=artifacts/.tcmu-runner.new
previous=artifacts/.tcmu-runner.old

if ! command -v dotnet >/dev/null; then
  echo "build.sh: the .NET SDK is missing: install dotnet-sdk-10.0 (https://learn.microsoft.com/dotnet/core/install/linux)" >&2
  exit 1
fi

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

publish() { # project folder, output folder
  dotnet publish "$1" --configuration Release --output "$2" --verbosity quiet -nodeReuse:false \
    -p:DebugType=embedded -p:PublishDocumentationFile=false -p:PublishReferencesDocumentationFiles=false
}

rm -rf "$staging" "$previous"
publish src/TcmuRunner "$staging"
publish src/TcmuRunner.Ctl "$staging"
for project in handlers/*/*.csproj; do
  subtype=$(sed -n 's:.*<HandlerSubtype>\(.*\)</HandlerSubtype>.*:\1:p' "$project")
  if [[ -z $subtype ]]; then
    echo "build.sh: $project names no <HandlerSubtype>" >&2
    exit 1
  fi
  publish "$(dirname "$project")" "$staging/handlers/$subtype"
done
cp packaging/tcmu.conf "$staging/"
mkdir "$staging/dbus"
cp dbus/*.conf dbus/*.service "$staging/dbus/"
cp systemd/tcmu-runner.service "$staging/"

# The tree is replaced whole: a program that runs from the old one keeps its files.
if [[ -e $output ]]; then
  mv "$output" "$previous"
fi
mv "$staging" "$output"
rm -rf "$previous"

echo "Built $PWD/$output: run $output/tcmu-runner as root, with --help for its options."
