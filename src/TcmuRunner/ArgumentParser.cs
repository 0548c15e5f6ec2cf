// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace TcmuRunner;

/// <summary>Reads the command line.</summary>
/// <remarks>
/// By hand, and not with System.CommandLine: that library has no precompiled code, and compiling it cost as much time as the start of the
/// whole runtime (20 ms against 21 ms measured). The time between start and the first served command is time in which initiators wait.
/// </remarks>
internal static class ArgumentParser
{
    /// <summary>Smallest and largest number that <c>--nofile</c> takes, as in the C program.</summary>
    internal const int MinimumOpenFiles = 65536, MaximumOpenFiles = 1048576;

    internal const string Help = """
        Usage: tcmu-runner [options]
               tcmu-runner serve CONFIGURATION ... (see 'tcmu-runner serve --help')
        Serves SCSI disks from handler plugins through the kernel's TCMU backstore; 'serve' does so over iSCSI, by itself.

          -h, --help                Show this text and exit.
          -V, --version             Show the version and exit.
          -d, --debug               Log everything (log_level 5) unless the configuration file says otherwise.
          -f, --nofile N            Limit of open files, 65536 to 1048576.
              --handler-path DIR    Folder with one folder per handler (default: handlers, next to the program).
          -l, --tcmu-log-dir DIR    Folder of the log file (default: /var/log/).
              --config FILE         Configuration file (default: /etc/tcmu/tcmu.conf).
              --targets FILE        iSCSI targets to serve by itself, as targetcli's saveconfig writes them
                                    (default: /etc/tcmu/targets.json, which may be absent).
        """;

    /// <summary>Reads the command line.</summary>
    /// <param name="args">The words after the program's name.</param>
    /// <param name="arguments">What they say.</param>
    /// <param name="error">What is wrong with them, as a sentence without full stop.</param>
    internal static bool TryParse(
        ReadOnlySpan<string> args,
        [NotNullWhen(true)] out Arguments? arguments,
        [NotNullWhen(false)] out string? error)
    {
        var result = new Arguments();
        arguments = null;
        for (int index = 0; index < args.Length; index++)
        {
            (string name, string? value) = Split(args[index]);
            if (TakesValue(name) && value is null)
            {
                if (++index == args.Length)
                {
                    error = $"option '{name}' needs a value";
                    return false;
                }

                value = args[index];
            }

            error = Apply(name, value, ref result);
            if (error is not null)
            {
                return false;
            }

            if (result.Action != ArgumentsAction.Serve)
            {
                break;
            }
        }

        arguments = result;
        error = null;
        return true;
    }

    // "--name=value" and "-nvalue" bring their value along.
    private static (string Name, string? Value) Split(string word)
    {
        if (word.StartsWith("--", StringComparison.Ordinal))
        {
            int equals = word.IndexOf('=', StringComparison.Ordinal);
            return equals < 0 ? (word, null) : (word[..equals], word[(equals + 1)..]);
        }

        return word.Length > 2 && word[0] == '-' && TakesValue(word[..2]) ? (word[..2], word[2..]) : (word, null);
    }

    private static bool TakesValue(string name) => name is "-f" or "--nofile" or "--handler-path" or "-l" or "--tcmu-log-dir"
        or "--tcmu_log_dir" or "--config" or "--targets" or "--lock-file";

    private static string? Apply(string name, string? value, ref Arguments result)
    {
        if (value is not null && !TakesValue(name))
        {
            return name is "--help" or "--version" or "--debug" ? $"option '{name}' takes no value" : $"unknown option '{name}'";
        }

        if (value is { Length: 0 })
        {
            return $"option '{name}' needs a value";
        }

        switch (name)
        {
            case "-h" or "--help":
                result = result with { Action = ArgumentsAction.ShowHelp };
                return null;
            case "-V" or "--version":
                result = result with { Action = ArgumentsAction.ShowVersion };
                return null;
            case "-d" or "--debug":
                result = result with { Debug = true };
                return null;
            case "-f" or "--nofile":
                if (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int openFiles)
                    || openFiles is < MinimumOpenFiles or > MaximumOpenFiles)
                {
                    return $"'{value}' is not a number of open files: {MinimumOpenFiles} to {MaximumOpenFiles}";
                }

                result = result with { OpenFiles = openFiles };
                return null;
            case "--handler-path":
                result = result with { HandlerPath = Path.GetFullPath(value!) };
                return null;
            case "-l" or "--tcmu-log-dir" or "--tcmu_log_dir":
                result = result with { LogDirectory = Path.GetFullPath(value!) };
                return null;
            case "--config":
                result = result with { ConfigurationFile = Path.GetFullPath(value!) };
                return null;
            case "--targets":
                result = result with { TargetsFile = Path.GetFullPath(value!) };
                return null;
            case "--lock-file":
                result = result with { LockFile = Path.GetFullPath(value!) };
                return null;
            default:
                return name.StartsWith('-') ? $"unknown option '{name}'" : $"unexpected word '{name}'";
        }
    }
}
