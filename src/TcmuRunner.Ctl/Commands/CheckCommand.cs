// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Text.Json.Nodes;

namespace TcmuRunner.Ctl.Commands;

/// <summary><c>tcmuctl check</c>: would this configuration open?</summary>
internal static class CheckCommand
{
    internal static void AddTo(Command root, Action<Command, Func<CommandContext, Task<ExitStatus>>> act)
    {
        var configuration = new Argument<string>("configuration") { Description = "The configuration string, as in file//srv/disk1.img." };
        var command = new Command("check", "Check a configuration string, without opening anything.") { configuration };
        act(command, context => RunAsync(context, context.Get(configuration)));
        root.Add(command);
    }

    private static async Task<ExitStatus> RunAsync(CommandContext context, string configuration)
    {
        await using DaemonClient daemon = await context.ConnectAsync();
        (bool isValid, string message) = await daemon.CheckAsync(configuration);
        if (context.Terminal.IsJson)
        {
            context.Terminal.Json(new JsonObject { ["configuration"] = configuration, ["valid"] = isValid, ["message"] = isValid ? null : message });
        }
        else
        {
            context.Terminal.Line(isValid ? $"'{configuration}' is fine." : message);
        }

        return isValid ? ExitStatus.Done : ExitStatus.Failed;
    }
}
