// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;

namespace TcmuRunner.Handlers.Qcow.Tests;

/// <summary>QEMU's own tool: makes images, and judges ours.</summary>
internal static class QemuImg
{
    /// <summary>It measures how many rounds of key derivation a second holds, and gives up where the thread got no whole slice of the processor.</summary>
    private const string BusyMachine = "Unable to get accurate CPU usage";

    private const int BusyAttempts = 20;

    private static readonly bool s_isPresent = File.Exists("/usr/bin/qemu-img");

    /// <summary>Skips the test where the tool is missing.</summary>
    public static void Require() => Assert.SkipUnless(s_isPresent, "qemu-img (Debian: qemu-utils) is not installed.");

    /// <summary>Runs the tool and gives what it printed; fails the test unless it succeeds.</summary>
    public static string Run(params string[] arguments)
    {
        (int code, string output) = Try(arguments);
        Assert.True(code == 0, $"qemu-img {string.Join(' ', arguments)} ended with {code}: {output}");
        return output;
    }

    /// <summary>Runs the tool, again where it failed only because the machine was busy.</summary>
    public static (int Code, string Output) Try(params string[] arguments)
    {
        Require();
        (int Code, string Output) result = Start(arguments);
        for (int attempt = 1; attempt < BusyAttempts && result.Code != 0 && result.Output.Contains(BusyMachine, StringComparison.Ordinal); attempt++)
        {
            result = Start(arguments);
        }

        return result;
    }

    /// <summary>Checks an image: 0 nothing found, 2 corruption, 3 leaks.</summary>
    public static void Check(string path, bool allowLeaks = false)
    {
        (int code, string output) = Try("check", path);
        Assert.True(code == 0 || (allowLeaks && code == 3), $"qemu-img check ended with {code}: {output}");
    }

    private static (int Code, string Output) Start(string[] arguments)
    {
        var start = new ProcessStartInfo("/usr/bin/qemu-img", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.Result);
    }
}
