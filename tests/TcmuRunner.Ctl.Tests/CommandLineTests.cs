// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using TcmuRunner.DBus.Tests;
using TcmuRunner.TestKit;

namespace TcmuRunner.Ctl.Tests;

/// <summary>The commands against the real service on a private bus.</summary>
public sealed class CommandLineTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Status_says_what_is_not_served()
    {
        await using Machine machine = await Machine.StartAsync(FakeControl.Device("disk1"), FakeControl.Device("disk2", "retrying", "It is gone.") with { ConfigFsName = "user_2/disk2" });

        Result result = await machine.RunAsync("status");

        Assert.Equal((int)ExitStatus.Failed, result.Status);
        Assert.Equal(
            $"tcmu-runner 1.2.3 runs (pid {Environment.ProcessId}, log level 3)\nhandlers: file memory\ndevices:  2, 1 served\n  file/disk2 retrying: It is gone.\n",
            result.Output);
    }

    [Fact]
    public async Task Status_in_JSON()
    {
        await using Machine machine = await Machine.StartAsync(FakeControl.Device("disk1"));

        Result result = await machine.RunAsync("status", "--json");

        Assert.Equal((int)ExitStatus.Done, result.Status);
        Assert.True(JsonNode.DeepEquals(
            JsonNode.Parse($$"""{"version":"1.2.3","processId":{{Environment.ProcessId}},"logLevel":3,"handlers":["file","memory"],"devices":1,"devicesNotServed":[]}"""),
            JsonNode.Parse(result.Output)));
    }

    [Theory]
    [InlineData("file//srv/a", ExitStatus.Done, "'file//srv/a' is fine.\n", "")]
    [InlineData("file/bad", ExitStatus.Failed, "'file/bad' is bad.\n", "")]
    [InlineData("fil//a", ExitStatus.NotFound, "", "tcmuctl: There is no handler 'fil'.\n         'tcmuctl handlers' lists the handlers.\n")]
    [InlineData("memory/explode", ExitStatus.Failed, "", "tcmuctl: The handler is broken.\n")]
    public async Task A_configuration_is_checked(string configuration, object status, string output, string error)
    {
        await using Machine machine = await Machine.StartAsync();

        Assert.Equal(new Result((int)(ExitStatus)status, output, error), await machine.RunAsync("check", configuration));
    }

    [Fact]
    public async Task Zones_are_drawn_and_made_faulty()
    {
        await using Machine machine = await Machine.StartAsync(FakeControl.Device("disk1"));

        Result map = await machine.RunAsync("zones", "disk1");
        Result json = await machine.RunAsync("zones", "disk1", "--json");
        Result fault = await machine.RunAsync("zone-fault", "disk1", "2", "offline");
        Result wrong = await machine.RunAsync("zone-fault", "disk1", "2", "loud");

        Assert.Equal(0, map.Status);
        Assert.StartsWith("disk1: 3 zones of up to 2048 blocks\n  1 not write pointer, 1 closed, 1 gap\n", map.Output, StringComparison.Ordinal);
        Assert.Contains("       0  C\n", map.Output.Replace("│", "\n", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("domain 1, sequential write required", map.Output, StringComparison.Ordinal);
        Assert.Equal(7, JsonNode.Parse(json.Output)![1]!["writtenBlocks"]!.GetValue<int>());
        Assert.Equal("Zone 2 of disk1 is not write pointer now. Initiators are told with their next command.\n", fault.Output);
        Assert.Equal((int)ExitStatus.WrongUsage, wrong.Status);
        Assert.Contains("'loud' is no fault of a zone", wrong.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Handlers_are_listed_with_their_grammar()
    {
        await using Machine machine = await Machine.StartAsync();

        Assert.Equal(new Result(0, "file    file//path[;ro]\nmemory  memory/\n", ""), await machine.RunAsync("handlers"));
    }

    [Fact]
    public async Task Ls_shows_devices_below_their_handlers()
    {
        await using Machine machine = await Machine.StartAsync(FakeControl.Device("disk1"));

        Result result = await machine.RunAsync("ls");

        string[] lines = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(0, result.Status);
        Assert.StartsWith("o- tcmu-runner 1.2.3 ...", lines[0], StringComparison.Ordinal);
        Assert.EndsWith("... [2 handlers, 1 device]", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("  | o- disk1  file//disk1 ...", lines[2], StringComparison.Ordinal);
        Assert.EndsWith("[serving 1.0MiB, 0/s, 0B/s, 2 in flight]", lines[2], StringComparison.Ordinal);
        Assert.All(lines, line => Assert.Equal(120, line.Length));
    }

    [Theory]
    [InlineData("disk1")]
    [InlineData("file/disk1")]
    [InlineData("user_1/disk1")]
    [InlineData("uio0")]
    public async Task A_device_is_resized_by_any_of_its_names(string name)
    {
        await using Machine machine = await Machine.StartAsync(FakeControl.Device("disk1"));

        Result result = await machine.RunAsync("resize", name, "2M");

        Assert.Equal(new Result(0, "disk1 has 2.0MiB now. Initiators are told with their next command.\n", ""), result);
        Assert.Equal(["user_1/disk1 2097152"], machine.Control.Done);
    }

    [Fact]
    public async Task A_device_is_not_made_smaller_by_accident()
    {
        await using Machine machine = await Machine.StartAsync(FakeControl.Device("disk1"));

        Result refused = await machine.RunAsync("resize", "disk1", "512K");
        Result forced = await machine.RunAsync("resize", "disk1", "512K", "--shrink");

        Assert.Equal((int)ExitStatus.Failed, refused.Status);
        Assert.Contains("512.0KiB is less than disk1 has (1.0MiB)", refused.Error, StringComparison.Ordinal);
        Assert.Equal(0, forced.Status);
        Assert.Equal(["user_1/disk1 524288"], machine.Control.Done);
    }

    [Fact]
    public async Task A_device_that_is_not_there_is_named()
    {
        await using Machine machine = await Machine.StartAsync();

        Assert.Equal(
            new Result((int)ExitStatus.NotFound, "", "tcmuctl: There is no device 'nobody'.\n         'tcmuctl ls' lists the devices.\n"),
            await machine.RunAsync("resize", "nobody", "1G"));
    }

    [Theory]
    [InlineData("resize", "disk1", "huge")]
    [InlineData("resize", "disk1")]
    [InlineData("top", "--sort", "colour")]
    [InlineData("top", "--interval", "0")]
    [InlineData("nonsense")]
    public async Task A_wrong_command_line_is_status_2(params string[] words)
    {
        await using Machine machine = await Machine.StartAsync();

        Result result = await machine.RunAsync(words);

        Assert.Equal((int)ExitStatus.WrongUsage, result.Status);
        Assert.StartsWith("tcmuctl: ", result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Output);
    }

    [Theory]
    [InlineData("5", "5 (commands)\n")]
    [InlineData("debug", "4 (debug)\n")]
    public async Task The_log_level_is_set(string level, string output)
    {
        await using Machine machine = await Machine.StartAsync();

        Assert.Equal(new Result(0, output, ""), await machine.RunAsync("log-level", level));
        Assert.Equal(new Result(0, output, ""), await machine.RunAsync("log-level"));
    }

    [Fact]
    public async Task A_device_has_a_log_level_of_its_own()
    {
        await using Machine machine = await Machine.StartAsync(FakeControl.Device("disk1"));

        Assert.Equal(new Result(0, "3 (info), as the daemon\n", ""), await machine.RunAsync("log-level", "--device", "disk1"));
        Assert.Equal(0, (await machine.RunAsync("log-level", "debug", "--device", "disk1")).Status);
        Assert.Equal(4, Assert.Single(machine.Control.Devices).LogLevel);
        Assert.Equal(0, (await machine.RunAsync("log-level", "default", "--device", "disk1")).Status);
        Assert.Equal(-1, Assert.Single(machine.Control.Devices).LogLevel);
    }

    [Fact]
    public async Task A_log_level_that_does_not_exist_is_refused()
    {
        await using Machine machine = await Machine.StartAsync();

        Assert.Equal((int)ExitStatus.WrongUsage, (await machine.RunAsync("log-level", "loud")).Status);
        Assert.Equal(3, machine.Control.LogLevel);
    }

    [Fact]
    public async Task The_configuration_is_read_again()
    {
        await using Machine machine = await Machine.StartAsync();

        Assert.Equal(new Result(0, "", ""), await machine.RunAsync("reload"));
        Assert.Equal(["reload"], machine.Control.Done);
    }

    [Fact]
    public async Task Watch_tells_events_as_they_happen()
    {
        await using Machine machine = await Machine.StartAsync();
        using var output = new SignallingWriter();
        Task<Result> watching = machine.RunAsync(output, "watch", "--count", "2", "--json");

        // Its match rule is in force when it hears of some device; until then devices come and go.
        for (int round = 0; !watching.IsCompleted; round++)
        {
            machine.Control.Devices = round % 2 == 0 ? [FakeControl.Device("disk1")] : [];
            machine.Service.UpdateDevices();
            await Task.WhenAny(watching, output.Written.WaitAsync(TimeSpan.FromMilliseconds(100)));
        }

        Result result = await watching.WaitAsync(s_limit);
        JsonNode[] events = [.. result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)];
        Assert.Equal(0, result.Status);
        Assert.Equal(2, events.Length);
        Assert.All(events, happened => Assert.Equal("file/disk1", (string?)happened["device"]));
        Assert.Equal(["added", "removed"], events.Select(happened => (string)happened["event"]!).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Top_shows_a_line_for_each_device()
    {
        await using Machine machine = await Machine.StartAsync(FakeControl.Device("disk1"));

        Result result = await machine.RunAsync("top", "--count", "1", "--interval", "0.1");

        Assert.Equal(0, result.Status);
        Assert.Matches(@"DEVICE +STATE +COMMANDS/S", result.Output);
        Assert.Matches(@"file/disk1 +serving +0 +0B/s +2 ", result.Output);
    }

    [Fact]
    public async Task Without_the_daemon_the_status_is_3_and_the_remedy_is_named()
    {
        await using MessageBus bus = await MessageBus.StartAsync();

        Result result = await Machine.RunAsync(new StringWriter(), bus.Address, "status");

        Assert.Equal((int)ExitStatus.NoDaemon, result.Status);
        Assert.StartsWith("tcmuctl: The daemon is not on the system bus.\n         Start it: systemctl start tcmu-runner", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_bus_the_status_is_3_too()
    {
        Result result = await Machine.RunAsync(new StringWriter(), "unix:path=/nonexistent/bus", "status", "--json");

        Assert.Equal((int)ExitStatus.NoDaemon, result.Status);
        Assert.Equal("Start the bus: systemctl start dbus.", (string?)JsonNode.Parse(result.Error)!["error"]!["remedy"]);
    }

    [Fact]
    public async Task The_doctor_finds_the_daemon_and_the_device_that_is_not_served()
    {
        await using Machine machine = await Machine.StartAsync(FakeControl.Device("disk1", "failed", "It is gone."));

        Result result = await machine.RunAsync("doctor", "--json");

        JsonArray findings = JsonNode.Parse(result.Output)!.AsArray();
        Assert.Equal((int)ExitStatus.Failed, result.Status);
        Assert.Contains(findings, finding => (string?)finding!["check"] == "daemon" && (string?)finding["result"] == "good");
        Assert.Contains(findings, finding => (string?)finding!["check"] == "device disk1" && (string?)finding["detail"] == "failed: It is gone.");
    }

    [Theory]
    [InlineData("bash", "complete -F _tcmuctl tcmuctl")]
    [InlineData("zsh", "#compdef tcmuctl")]
    [InlineData("fish", "complete -f -c tcmuctl")]
    public async Task A_shell_gets_its_completions(string shell, string text)
    {
        Result result = await Machine.RunAsync(new StringWriter(), "", "completion", shell);

        Assert.Equal(0, result.Status);
        Assert.Contains(text, result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_can_come_next_is_suggested()
    {
        var output = new StringWriter();

        int status = await CommandLine.RunAsync(["[suggest:12]", "tcmuctl stat"], output, TextWriter.Null, CancellationToken.None);

        Assert.Equal((0, "status\n"), (status, output.ToString()));
    }

    [Fact]
    public async Task The_manual_page_has_every_command()
    {
        string manual = (await File.ReadAllTextAsync(Repository.PathOf("packaging/man/tcmuctl.8"))).Replace("\\-", "-", StringComparison.Ordinal);
        Result help = await Machine.RunAsync(new StringWriter(), "", "--help");

        string[] commands =
        [
            .. help.Output.Split("Commands:")[1].Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line.StartsWith("  ", StringComparison.Ordinal))
                .Select(line => line.Trim().Split(' ')[0]),
        ];

        Assert.Contains("doctor", commands);
        Assert.Equal([], commands.Where(command => !Regex.IsMatch(manual, $@"^\.B[IR]? {Regex.Escape(command)}( |$)", RegexOptions.Multiline)));
    }

    /// <summary>Tells of the first line.</summary>
    private sealed class SignallingWriter : StringWriter
    {
        private readonly SemaphoreSlim _written = new(0);

        public SemaphoreSlim Written => _written;

        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            _written.Release();
        }
    }
}
