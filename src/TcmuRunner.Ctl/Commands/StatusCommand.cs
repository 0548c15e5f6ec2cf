// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Text.Json.Nodes;

namespace TcmuRunner.Ctl.Commands;

/// <summary><c>tcmuctl status</c>: is all well? Status 1 when a device is not served.</summary>
internal static class StatusCommand
{
    internal static void AddTo(Command root, Action<Command, Func<CommandContext, Task<ExitStatus>>> act)
    {
        var command = new Command("status", "Say whether the daemon runs and serves all devices.");
        act(command, RunAsync);
        root.Add(command);
    }

    private static async Task<ExitStatus> RunAsync(CommandContext context)
    {
        await using DaemonClient daemon = await context.ConnectAsync();
        DaemonInfo info = await daemon.GetDaemonAsync();
        IReadOnlyList<HandlerInfo> handlers = await daemon.GetHandlersAsync();
        IReadOnlyList<DeviceInfo> devices = await daemon.GetDevicesAsync();
        DeviceInfo[] troubled = [.. devices.Where(device => device.Facts.State is not ("serving" or "opening"))];
        if (context.Terminal.IsJson)
        {
            context.Terminal.Json(new JsonObject
            {
                ["version"] = info.Version,
                ["processId"] = info.ProcessId,
                ["logLevel"] = info.LogLevel,
                ["handlers"] = new JsonArray([.. handlers.Select(handler => (JsonNode)handler.Subtype)]),
                ["devices"] = devices.Count,
                ["devicesNotServed"] = new JsonArray([.. troubled.Select(device => (JsonNode)device.Name)]),
            });
        }
        else
        {
            context.Terminal.Line($"tcmu-runner {info.Version} runs (pid {info.ProcessId}, log level {info.LogLevel})");
            context.Terminal.Line($"handlers: {string.Join(' ', handlers.Select(handler => handler.Subtype))}");
            context.Terminal.Line($"devices:  {devices.Count}, {devices.Count - troubled.Length} served");
            foreach (DeviceInfo device in troubled)
            {
                context.Terminal.Line($"  {device.Facts.Name} {device.Facts.State}: {device.Facts.LastError}");
            }
        }

        return troubled.Length == 0 ? ExitStatus.Done : ExitStatus.Failed;
    }
}
