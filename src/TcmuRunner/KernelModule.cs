// SPDX-License-Identifier: Apache-2.0
using System.ComponentModel;
using System.Diagnostics;

namespace TcmuRunner;

/// <summary>The kernel's side of TCMU, the module target_core_user.</summary>
internal static class KernelModule
{
    private const string Name = "target_core_user";
    private static readonly TimeSpan s_loadTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Loads the module where it is not loaded.</summary>
    /// <param name="folder">The folder that the module has in sysfs.</param>
    /// <param name="loader">The program that loads a module: <c>modprobe</c>.</param>
    /// <exception cref="DaemonException">It does not load; the message says what to do.</exception>
    internal static void EnsureLoaded(string folder, string loader = "modprobe")
    {
        if (Directory.Exists(folder))
        {
            return;
        }

        string answer = Load(loader);
        if (!Directory.Exists(folder))
        {
            throw new DaemonException(
                DaemonErrorKind.ModuleMissing,
                $"The kernel module {Name} is not loaded and 'modprobe {Name}' did not load it{answer}: "
                + "install the modules package of the running kernel, or run a kernel with CONFIG_TCM_USER2.");
        }
    }

    // The program's own words, for the message; empty when it said nothing.
    private static string Load(string loader)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(loader, Name) { RedirectStandardError = true })!;
            Task<string> words = process.StandardError.ReadToEndAsync();
            if (!process.WaitForExit(s_loadTimeout))
            {
                process.Kill();
                return $" within {s_loadTimeout.TotalSeconds:0} s";
            }

            string text = words.GetAwaiter().GetResult().Trim().ReplaceLineEndings(" ");
            return text.Length == 0 ? "" : $" ({text})";
        }
        catch (Win32Exception exception)
        {
            return $" ({exception.Message})";
        }
    }
}
