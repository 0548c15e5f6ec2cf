// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Spectre.Console;
using TcmuRunner.Ctl.Output;
using TcmuRunner.DBus.Service;
using TcmuRunner.Lio;

namespace TcmuRunner.Ctl.Commands;

/// <summary><c>tcmuctl explain</c>: the way from initiators to bytes, with every setting on it and where its value comes from.</summary>
internal static class ExplainCommand
{
    // The kernel's defaults for TCMU devices (target_core_user.c and target_core_configfs.c of Linux 6.1).
    private static readonly Dictionary<string, string> s_defaults = new(StringComparer.Ordinal)
    {
        ["cmd_time_out"] = "30",
        ["emulate_3pc"] = "1",
        ["emulate_caw"] = "1",
        ["emulate_dpo"] = "1",
        ["emulate_fua_read"] = "1",
        ["emulate_fua_write"] = "1",
        ["emulate_pr"] = "1",
        ["emulate_rest_reord"] = "0",
        ["emulate_tas"] = "1",
        ["emulate_tpu"] = "0",
        ["emulate_tpws"] = "0",
        ["emulate_ua_intlck_ctrl"] = "0",
        ["emulate_write_cache"] = "0",
        ["enforce_pr_isids"] = "1",
        ["force_pr_aptpl"] = "0",
        ["hw_block_size"] = "512",
        ["is_nonrot"] = "0",
        ["max_data_area_mb"] = "1024",
        ["nl_reply_supported"] = "1",
        ["pi_prot_type"] = "0",
        ["qfull_time_out"] = "-1",
    };

    // Said elsewhere in the explanation.
    private static readonly string[] s_told = ["dev_config", "dev_size"];

    internal static void AddTo(Command root, Action<Command, Func<CommandContext, Task<ExitStatus>>> act)
    {
        Argument<string> device = CommandLine.DeviceArgument();
        var command = new Command("explain", "Show the way from initiators to bytes, with every setting and where it comes from.") { device };
        act(command, context => RunAsync(context, context.Get(device)));
        root.Add(command);
    }

    private static async Task<ExitStatus> RunAsync(CommandContext context, string name)
    {
        await using DaemonClient daemon = await context.ConnectAsync();
        DeviceInfo device = await daemon.FindDeviceAsync(name);
        DaemonInfo info = await daemon.GetDaemonAsync();
        Root root = context.OpenRoot();
        IReadOnlyList<Lun> exports = Exports.Of(root, device);
        var storage = new UserStorageObject(root, device.Name);
        List<(string Name, string Value, string Origin)> settings = Settings(storage);
        if (context.Terminal.IsJson)
        {
            JsonObject json = DeviceJson.Of(device);
            json["serial"] = storage.Wwn;
            json["exports"] = new JsonArray([.. exports.Select(lun => (JsonNode)lun.ToString())]);
            json["settings"] = new JsonObject(settings.Select(
                setting => KeyValuePair.Create(setting.Name, (JsonNode?)new JsonObject { ["value"] = setting.Value, ["origin"] = setting.Origin })));
            context.Terminal.Json(json);
            return ExitStatus.Done;
        }

        Write(context.Terminal, device, info, storage, exports, settings);
        return ExitStatus.Done;
    }

    private static void Write(
        Terminal terminal,
        DeviceInfo device,
        DaemonInfo info,
        UserStorageObject storage,
        IReadOnlyList<Lun> exports,
        List<(string Name, string Value, string Origin)> settings)
    {
        foreach (Lun lun in exports)
        {
            IReadOnlyList<string> initiators = Exports.InitiatorsOf(lun);
            string who = Exports.DiskOf(lun) is { } disk ? $"this machine, as {disk}" : initiators.Count > 0 ? string.Join(", ", initiators) : "nobody at the moment";
            terminal.Line($"initiator  {who}");
            foreach (NetworkPortal portal in lun.Tpg.NetworkPortals)
            {
                terminal.Line($"  portal   {portal}");
            }

            terminal.Line($"  export   {lun}");
        }

        if (exports.Count == 0)
        {
            terminal.Line($"initiator  none: it is not exported; 'tcmuctl export {device.Name}' does that");
        }

        DeviceFacts facts = device.Facts;
        terminal.Line($"kernel     {facts.ConfigFsName}, serial {storage.Wwn}, {storage.SizeBytes} bytes ({ByteSize.Format(storage.SizeBytes)})");
        terminal.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"ring       /dev/{facts.UioName}, {facts.CommandsInFlight} in flight, at most {facts.RingHighWaterBytes} of {facts.RingSizeBytes} bytes used, {facts.TimeOuts} time-outs"));
        terminal.Line($"daemon     tcmu-runner {info.Version}, pid {info.ProcessId}, {facts.Commands} commands, {ByteSize.Format(facts.DataBytes)}");
        terminal.Line($"handler    {facts.Handler}: {facts.State}{(facts.LastError.Length > 0 ? $": {facts.LastError}" : "")}");
        terminal.Line($"bytes      {facts.Configuration}");
        terminal.Line("");
        Table table = Tables.Create("SETTING", "VALUE", "FROM");
        foreach ((string setting, string value, string origin) in settings)
        {
            table.AddRow(new Text(setting), new Text(value), new Text(origin));
        }

        terminal.Rich.Write(table);
    }

    private static List<(string Name, string Value, string Origin)> Settings(UserStorageObject storage)
    {
        var settings = new List<(string, string, string)>();
        foreach (string name in storage.Attributes.Names.Except(s_told).Order(StringComparer.Ordinal))
        {
            string value;
            try
            {
                value = storage.Attributes[name];
            }
            catch (LioException exception)
            {
                settings.Add((name, "?", exception.Message));
                continue;
            }

            string origin = !storage.Attributes.IsWritable(name) ? "fixed when it was made"
                : !s_defaults.TryGetValue(name, out string? usual) ? "configfs"
                : value == usual ? "default"
                : $"configfs; the kernel's default is {usual}";
            settings.Add((name, value, origin));
        }

        return settings;
    }
}
