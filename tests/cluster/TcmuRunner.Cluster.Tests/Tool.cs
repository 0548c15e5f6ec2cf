// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;

namespace TcmuRunner.Cluster.Tests;

/// <summary>Runs programs.</summary>
internal static class Tool
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);

    /// <summary>Runs a program and gives what it printed; fails unless it succeeds.</summary>
    public static string Run(string program, params string[] arguments)
    {
        (int code, string output) = Try(program, arguments);
        return code == 0 ? output : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {code}: {output}");
    }

    /// <summary>Runs a program and gives its status and what it printed, errors last.</summary>
    public static (int Code, string Output) Try(string program, params string[] arguments)
    {
        // A server that stays behind keeps what it inherits: what it says goes to files, because a pipe would not end before the server does.
        string text = Path.GetTempFileName();
        try
        {
            var start = new ProcessStartInfo("/bin/sh", ["-c", "out=$1; shift; exec \"$@\" >\"$out\" 2>&1 </dev/null", "sh", text, program, .. arguments]);
            using Process process = Process.Start(start)!;
            if (!process.WaitForExit(s_limit))
            {
                process.Kill(entireProcessTree: true);
                throw new TimeoutException($"{program} {string.Join(' ', arguments)} did not end.");
            }

            return (process.ExitCode, File.ReadAllText(text));
        }
        finally
        {
            File.Delete(text);
        }
    }
}
