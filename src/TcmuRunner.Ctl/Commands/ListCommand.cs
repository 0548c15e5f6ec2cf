// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using TcmuRunner.Ctl.Output;
using TcmuRunner.Lio;

namespace TcmuRunner.Ctl.Commands;

/// <summary><c>tcmuctl ls</c>: everything at one glance, as a tree like targetcli's, with what the devices do at the moment.</summary>
internal static class ListCommand
{
    private static readonly TimeSpan s_sample = TimeSpan.FromMilliseconds(500);

    internal static void AddTo(Command root, Action<Command, Func<CommandContext, Task<ExitStatus>>> act)
    {
        var command = new Command("ls", "Show handlers, devices and their exports as a tree, with what they do at the moment.");
        act(command, RunAsync);
        root.Add(command);
    }

    private static async Task<ExitStatus> RunAsync(CommandContext context)
    {
        await using DaemonClient daemon = await context.ConnectAsync();
        DaemonInfo info = await daemon.GetDaemonAsync();
        IReadOnlyList<HandlerInfo> handlers = await daemon.GetHandlersAsync();
        IReadOnlyList<TargetInfo> targets = await daemon.GetTargetsAsync();
        IReadOnlyList<SessionInfo> sessions = await daemon.GetSessionsAsync();
        IReadOnlyList<DeviceInfo> before = await daemon.GetDevicesAsync();
        var time = Stopwatch.StartNew();
        ILookup<string, Lun> exports = Exports.Find(context.OpenRoot);
        await Task.Delay(s_sample, context.CancellationToken);
        IReadOnlyList<DeviceRate> devices = DeviceRate.Compare(before, await daemon.GetDevicesAsync(), time.Elapsed);
        if (context.Terminal.IsJson)
        {
            context.Terminal.Json(new JsonArray([.. devices.Select(device => (JsonNode)Describe(device, exports))]));
            return ExitStatus.Done;
        }

        var tree = new TreeText();
        tree.Add(0, $"tcmu-runner {info.Version}", $"{Count(handlers.Count, "handler")}, {Count(devices.Count, "device")}");
        foreach (HandlerInfo handler in handlers)
        {
            DeviceRate[] own = [.. devices.Where(device => device.Device.Facts.Handler == handler.Subtype)];
            tree.Add(1, handler.Subtype, Count(own.Length, "device"));
            foreach (DeviceRate device in own)
            {
                tree.Add(2, $"{device.Device.Name}  {device.Device.Facts.Configuration}", Summary(device));
                foreach (Lun lun in exports[device.Device.Facts.ConfigFsName])
                {
                    int initiators = Exports.InitiatorsOf(lun).Count;
                    tree.Add(3, lun.ToString(), Exports.DiskOf(lun) ?? (initiators > 0 ? Count(initiators, "initiator") : "no initiator"));
                }
            }
        }

        if (targets.Count > 0)
        {
            TargetTree.Add(tree, 1, targets, sessions);
        }

        tree.Write(context.Terminal);
        return ExitStatus.Done;
    }

    private static string Summary(DeviceRate rate)
    {
        DeviceInfo device = rate.Device;
        return device.Facts.LastError.Length > 0
            ? $"{device.Facts.State}: {device.Facts.LastError}"
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{device.Facts.State} {ByteSize.Format(device.Facts.SizeBytes)}, {rate.CommandsPerSecond:0}/s, {ByteSize.Format(rate.BytesPerSecond)}/s, {device.Facts.CommandsInFlight} in flight");
    }

    private static JsonObject Describe(DeviceRate rate, ILookup<string, Lun> exports)
    {
        JsonObject json = DeviceJson.Of(rate.Device);
        json["commandsPerSecond"] = Math.Round(rate.CommandsPerSecond, 1);
        json["bytesPerSecond"] = Math.Round(rate.BytesPerSecond, 1);
        json["exports"] = new JsonArray([.. exports[rate.Device.Facts.ConfigFsName].Select(lun => (JsonNode)new JsonObject
        {
            ["fabric"] = lun.Tpg.Target.FabricModule.Name,
            ["target"] = lun.Tpg.Target.Wwn,
            ["tag"] = lun.Tpg.Tag,
            ["lun"] = lun.Number,
            ["disk"] = Exports.DiskOf(lun),
            ["initiators"] = new JsonArray([.. Exports.InitiatorsOf(lun).Select(name => (JsonNode)name)]),
        })]);
        return json;
    }

    private static string Count(int count, string noun) => $"{count} {noun}{(count == 1 ? "" : "s")}";
}
