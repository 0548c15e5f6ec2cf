// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;

namespace TcmuRunner.Tests;

/// <summary>Runs the real program to its end.</summary>
internal static class DaemonProcess
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    /// <summary>What a program left.</summary>
    internal sealed record Result(int ExitStatus, string Output, string Error)
    {
        /// <summary>Its standard error, which must be one line.</summary>
        internal string ErrorLine
        {
            get
            {
                Assert.Single(Error.TrimEnd('\n').Split('\n'));
                return Error.TrimEnd('\n');
            }
        }
    }

    internal static Task<Result> RunAsync(params string[] arguments) => RunAsync([], arguments);

    internal static async Task<Result> RunAsync((string Name, string Value)[] environment, params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "tcmu-runner"), arguments);
        return await RunAsync(start, environment);
    }

    internal static async Task<Result> RunAsync(ProcessStartInfo start, params (string Name, string Value)[] environment)
    {
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.Environment.Remove("TCMU_LOGDIR");
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        try
        {
            await process.WaitForExitAsync().WaitAsync(s_limit);
        }
        catch (TimeoutException)
        {
            process.Kill();
            throw;
        }

        return new Result(process.ExitCode, await output, await error);
    }
}
