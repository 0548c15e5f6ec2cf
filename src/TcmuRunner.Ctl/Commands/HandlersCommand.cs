// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Text.Json.Nodes;

namespace TcmuRunner.Ctl.Commands;

/// <summary><c>tcmuctl handlers</c>: what can be served, and how it is written.</summary>
internal static class HandlersCommand
{
    internal static void AddTo(Command root, Action<Command, Func<CommandContext, Task<ExitStatus>>> act)
    {
        var command = new Command("handlers", "List the handlers and the grammar of their configuration strings.");
        act(command, RunAsync);
        root.Add(command);
    }

    private static async Task<ExitStatus> RunAsync(CommandContext context)
    {
        await using DaemonClient daemon = await context.ConnectAsync();
        IReadOnlyList<HandlerInfo> handlers = await daemon.GetHandlersAsync();
        if (context.Terminal.IsJson)
        {
            context.Terminal.Json(new JsonArray([.. handlers.Select(handler => (JsonNode)new JsonObject
            {
                ["subtype"] = handler.Subtype,
                ["help"] = handler.ConfigurationHelp,
            })]));
            return ExitStatus.Done;
        }

        int width = handlers.Select(handler => handler.Subtype.Length).DefaultIfEmpty().Max();
        foreach (HandlerInfo handler in handlers)
        {
            string name = handler.Subtype;
            foreach (string line in handler.ConfigurationHelp.TrimEnd().Split('\n'))
            {
                context.Terminal.Line($"{name.PadRight(width)}  {line}");
                name = "";
            }
        }

        return ExitStatus.Done;
    }
}
