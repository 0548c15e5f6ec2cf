// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Ctl.Tests;

/// <summary>What a command line left.</summary>
internal sealed record Result(int Status, string Output, string Error);
