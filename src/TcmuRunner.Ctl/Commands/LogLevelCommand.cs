// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Text.Json.Nodes;

namespace TcmuRunner.Ctl.Commands;

/// <summary><c>tcmuctl log-level</c> and <c>tcmuctl reload</c>.</summary>
internal static class LogLevelCommand
{
    private const string Default = "default";

    private static readonly string[] s_names = ["critical", "error", "warning", "info", "debug", "commands"];

    internal static void AddTo(Command root, Action<Command, Func<CommandContext, Task<ExitStatus>>> act)
    {
        var level = new Argument<string?>("level")
        {
            Description = "0 to 5, or critical, error, warning, info, debug, commands; without it the level in force is shown.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        level.CompletionSources.Add([.. s_names, Default]);
        var device = new Option<string?>("--device") { Description = "Only of this device; 'default' gives it the daemon's level again." };
        var command = new Command("log-level", "Show or set the log level of the daemon, or of one device, until its next start.") { level, device };
        act(command, context => RunAsync(context, context.Get(level!), context.Get(device)));
        root.Add(command);

        var reload = new Command("reload", "Have the daemon read its configuration again, and open its log file again.");
        act(reload, ReloadAsync);
        root.Add(reload);
    }

    private static async Task<ExitStatus> RunAsync(CommandContext context, string? text, string? name)
    {
        await using DaemonClient daemon = await context.ConnectAsync();
        DeviceInfo? device = name is null ? null : await daemon.FindDeviceAsync(name);
        if (text is not null)
        {
            int level = Parse(text, device is not null);
            await (device is null ? daemon.SetLogLevelAsync(level) : daemon.SetLogLevelAsync(device, level));
        }

        int own = device is null ? -1 : (await daemon.FindDeviceAsync(device.Facts.ConfigFsName)).Facts.LogLevel;
        int now = own >= 0 ? own : (await daemon.GetDaemonAsync()).LogLevel;
        if (context.Terminal.IsJson)
        {
            context.Terminal.Json(new JsonObject { ["logLevel"] = now, ["name"] = s_names[now] });
        }
        else
        {
            context.Terminal.Line($"{now} ({s_names[now]}){(device is not null && own < 0 ? ", as the daemon" : "")}");
        }

        return ExitStatus.Done;
    }

    private static int Parse(string text, bool isForDevice)
    {
        int level = Array.IndexOf(s_names, text);
        if (level >= 0 || (int.TryParse(text, out level) && level >= 0 && level < s_names.Length))
        {
            return level;
        }

        return isForDevice && text == Default
            ? -1
            : throw new CtlException(ExitStatus.WrongUsage, $"'{text}' is no log level.", $"Write 0 to 5, or {string.Join(", ", s_names)}.");
    }

    private static async Task<ExitStatus> ReloadAsync(CommandContext context)
    {
        await using DaemonClient daemon = await context.ConnectAsync();
        await daemon.ReloadAsync();
        return ExitStatus.Done;
    }
}
