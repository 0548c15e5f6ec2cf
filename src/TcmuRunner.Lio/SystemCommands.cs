// SPDX-License-Identifier: Apache-2.0
using System.ComponentModel;
using System.Diagnostics;

namespace TcmuRunner.Lio;

/// <summary>modprobe and mount.</summary>
internal sealed class SystemCommands : ISystemCommands
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(60);

    public string? LoadModule(string name) => Run("modprobe", "--quiet", name);

    public string? MountConfigFs() => Run("mount", "-t", "configfs", "configfs", "/sys/kernel/config");

    private static string? Run(string command, params string[] arguments)
    {
        var start = new ProcessStartInfo(command, arguments) { RedirectStandardError = true, RedirectStandardOutput = true, UseShellExecute = false };
        try
        {
            using Process process = Process.Start(start) ?? throw new InvalidOperationException($"{command} did not start.");
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            Task<string> errors = process.StandardError.ReadToEndAsync();
            if (!process.WaitForExit(s_timeout))
            {
                process.Kill();
                return $"{command} {string.Join(' ', arguments)} did not end within {s_timeout.TotalSeconds} s.";
            }

            string said = $"{errors.GetAwaiter().GetResult()} {output.GetAwaiter().GetResult()}".Trim();
            return process.ExitCode == 0 ? null
                : said.Length > 0 ? said
                : $"{command} {string.Join(' ', arguments)} ended with status {process.ExitCode}; the running kernel may not have it.";
        }
        catch (Win32Exception exception)
        {
            return $"{command} cannot be run: {exception.Message}.";
        }
    }
}
