// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Text.Json.Nodes;

namespace TcmuRunner.Ctl.Commands;

/// <summary><c>tcmuctl log-level</c> and <c>tcmuctl reload</c>.</summary>
internal static class LogLevelCommand
{
    private static readonly string[] s_names = ["critical", "error", "warning", "info", "debug", "commands"];

    internal static void AddTo(Command root, Action<Command, Func<CommandContext, Task<ExitStatus>>> act)
    {
        var level = new Argument<string?>("level")
        {
            Description = "0 to 5, or critical, error, warning, info, debug, commands; without it the level in force is shown.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        level.CompletionSources.Add(s_names);
        var command = new Command("log-level", "Show or set the daemon's log level, until its next start.") { level };
        act(command, context => RunAsync(context, context.Get(level!)));
        root.Add(command);

        var reload = new Command("reload", "Have the daemon read its configuration again, and open its log file again.");
        act(reload, ReloadAsync);
        root.Add(reload);
    }

    private static async Task<ExitStatus> RunAsync(CommandContext context, string? text)
    {
        await using DaemonClient daemon = await context.ConnectAsync();
        if (text is not null)
        {
            int level = Array.IndexOf(s_names, text);
            if (level < 0 && !(int.TryParse(text, out level) && level >= 0 && level < s_names.Length))
            {
                throw new CtlException(ExitStatus.WrongUsage, $"'{text}' is no log level.", $"Write 0 to 5, or {string.Join(", ", s_names)}.");
            }

            await daemon.SetLogLevelAsync(level);
        }

        int now = (await daemon.GetDaemonAsync()).LogLevel;
        if (context.Terminal.IsJson)
        {
            context.Terminal.Json(new JsonObject { ["logLevel"] = now, ["name"] = s_names[now] });
        }
        else
        {
            context.Terminal.Line($"{now} ({s_names[now]})");
        }

        return ExitStatus.Done;
    }

    private static async Task<ExitStatus> ReloadAsync(CommandContext context)
    {
        await using DaemonClient daemon = await context.ConnectAsync();
        await daemon.ReloadAsync();
        return ExitStatus.Done;
    }
}
