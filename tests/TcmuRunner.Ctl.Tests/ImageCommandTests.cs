// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Diagnostics;
using System.Text.Json.Nodes;
using TcmuRunner.DBus.Tests;

namespace TcmuRunner.Ctl.Tests;

/// <summary><c>tcmuctl image</c> with the real program and its handler on files that qemu-img made and judges.</summary>
public sealed class ImageCommandTests : IDisposable
{
    private static readonly string s_runner = $"{Path.Combine(AppContext.BaseDirectory, "runner", "tcmu-runner")} image";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("tcmuctl-image-");
    private readonly string _path;

    public ImageCommandTests()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/qemu-img"), "qemu-img (Debian: qemu-utils) is not installed.");
        _path = Path.Combine(_directory.FullName, "disk.qcow2");
        Qemu("qemu-img", "create", "-q", "-f", "qcow2", _path, "4M");
        Qemu("qemu-io", "-c", "write -P 1 1M 64k", "-c", "write -P 2 2M 1M", _path);
    }

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task An_image_is_shown_with_its_snapshots()
    {
        Qemu("qemu-img", "snapshot", "-c", "one\u001b[31m", _path);

        Result text = await RunAsync("info", _path);
        Result json = await RunAsync("info", _path, "--json");

        Assert.Equal((0, ""), (text.Status, text.Error));
        Assert.StartsWith($"{_path}: qcow2 version 3, a disk of 4.0MiB in clusters of 64.0KiB\n  features      reference counts of 16 bits\n", text.Output, StringComparison.Ordinal);
        Assert.Contains("one\ufffd[31m", text.Output, StringComparison.Ordinal);
        JsonNode image = JsonNode.Parse(json.Output)!;
        Assert.Equal(("qcow2 version 3", 4194304L, false), ((string)image["format"]!, (long)image["sizeBytes"]!, (bool)image["served"]!));
        Assert.Equal("1", (string)image["snapshots"]![0]!["id"]!);
    }

    [Fact]
    public async Task Damage_is_found_and_repaired()
    {
        Assert.Equal((0, ""), await RunAsync("check", _path) is var clean ? (clean.Status, clean.Error) : default);

        // The count of the cluster behind the header, the reference counts and the tables: data.
        byte[] bytes = await File.ReadAllBytesAsync(_path);
        int block = (int)BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan((int)BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan(48))));
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(block + (2 * 6)), 0);
        await File.WriteAllBytesAsync(_path, bytes);

        Result found = await RunAsync("check", _path);
        Result json = await RunAsync("check", _path, "--json");
        Result repaired = await RunAsync("repair", _path);

        Assert.Equal((int)ExitStatus.Failed, found.Status);
        Assert.Contains($"{_path} has 1 contradiction and no leaked clusters. 'tcmuctl image repair' corrects what can be.\n", found.Output, StringComparison.Ordinal);
        Assert.Equal((1L, 0L), ((long)JsonNode.Parse(json.Output)!["corruptions"]!, (long)JsonNode.Parse(json.Output)!["leaks"]!));
        Assert.Equal(new Result(0, $"{_path} is whole.\n17 of 64 clusters hold data (26.6 %), 0 of them compressed; the last one ends at {LastEnd(repaired)}.\n", ""), repaired);
        Qemu("qemu-img", "check", "-q", _path);
    }

    [Fact]
    public async Task Snapshots_are_made_applied_and_deleted()
    {
        Result made = await RunAsync("snapshot", "create", _path, "before");
        Qemu("qemu-io", "-c", "write -P 9 1M 64k", _path);
        Result applied = await RunAsync("snapshot", "apply", _path, "before");
        Qemu("qemu-io", "-c", "read -P 1 1M 64k", _path);
        Result missing = await RunAsync("snapshot", "delete", _path, "after");
        Result deleted = await RunAsync("snapshot", "delete", _path, "1", "--json");

        Assert.Contains("before", made.Output, StringComparison.Ordinal);
        Assert.Equal((0, 0), (made.Status, applied.Status));
        Assert.Equal(
            new Result((int)ExitStatus.NotFound, "", $"tcmuctl: '{_path}' has no snapshot 'after'; it has 'before' (id 1).\n"), missing);
        Assert.Empty((JsonArray)JsonNode.Parse(deleted.Output)!["snapshots"]!);
        Qemu("qemu-img", "check", "-q", _path);
    }

    [Fact]
    public async Task The_map_is_drawn()
    {
        Result picture = await RunAsync("map", _path);
        Result json = await RunAsync("map", _path, "--json");

        // One character is 4 KiB here: 64 columns are 256 KiB.
        string[] lines = picture.Output.Split('\n');
        Assert.Equal($"{_path}: 1.1MiB of 4.0MiB hold data (26.6 %)", lines[0]);
        Assert.Equal($"{"0B",10}  {new string('·', 64)}", lines[1]);
        Assert.Equal($"{"1.0MiB",10}  {new string('█', 16)}{new string('·', 48)}", lines[5]);
        Assert.Equal($"{"2.0MiB",10}  {new string('█', 64)}", lines[9]);
        Assert.Equal(
            ["""{"start":0,"length":1048576,"data":false}""", """{"start":1048576,"length":65536,"data":true}"""],
            json.Output.Split('\n')[..2]);
    }

    [Fact]
    public async Task What_cannot_be_opened_is_explained()
    {
        Result missing = await RunAsync("info", Path.Combine(_directory.FullName, "none"));
        await File.WriteAllBytesAsync(_path, new byte[65536]);
        Result raw = await RunAsync("check", _path);
        Result handler = await RunAsync("info", _path, "--handler", "tape");
        Result option = await RunAsync("info", _path, "--options", "loud");

        Assert.Equal((int)ExitStatus.NotFound, missing.Status);
        Assert.Equal(new Result((int)ExitStatus.Failed, "", $"tcmuctl: '{_path}' is no qcow2 image and has nothing to check.\n"), raw);
        Assert.Equal(new Result((int)ExitStatus.Failed, "", "tcmuctl: No handler for 'tape' is loaded.\n"), handler);
        Assert.Equal((int)ExitStatus.WrongUsage, option.Status);
        Assert.Contains("has no option 'loud'", option.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_has_an_image_open_is_said()
    {
        using Holder holder = Holder.Start(_path);

        Result result = await RunAsync("info", _path);

        Assert.Equal((int)ExitStatus.Failed, result.Status);
        Assert.Contains($"'{_path}' is in use", result.Error, StringComparison.Ordinal);
        Assert.Contains($"It is open in qemu-io (pid {holder.ProcessId}).", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_image_that_the_daemon_serves_is_asked_for_over_the_bus()
    {
        await using Machine machine = await Machine.StartAsync(
            FakeControl.Device("disk1") with { Name = "qcow/disk1", Handler = "qcow", Configuration = $"qcow/{_path};cache=8" });
        machine.Control.ImageAnswer = $$"""
            {"path":"{{_path}}","format":"qcow2 version 3","sizeBytes":4194304,"clusterBytes":65536,"backingFile":null,"dirty":true,"corrupt":false,"features":[],"snapshots":[]}
            """;
        using Holder holder = Holder.Start(_path);

        Result info = await machine.RunAsync("image", "info", _path, "--runner", s_runner);
        Result check = await machine.RunAsync("image", "check", _path, "--runner", s_runner);
        Result apply = await machine.RunAsync("image", "snapshot", "apply", _path, "one", "--runner", s_runner);
        Result forced = await machine.RunAsync("image", "snapshot", "apply", _path, "one", "--force", "--runner", s_runner);
        machine.Control.ImageAnswer = """{"sizeBytes":8192,"nextByte":null,"extents":[[0,4096,true],[4096,4096,false]]}""";
        Result map = await machine.RunAsync("image", "map", _path, "--runner", s_runner);

        Assert.Equal(
            new Result(0, $"{_path}: qcow2 version 3, a disk of 4.0MiB in clusters of 64.0KiB; it is being served\n  state         open\n", ""), info);
        Assert.Equal(new Result((int)ExitStatus.Failed, "", "tcmuctl: It is being served.\n"), check);
        Assert.Contains("add --force", apply.Error, StringComparison.Ordinal);
        Assert.Equal(new Result(0, $"{_path} has no snapshots.\n", ""), forced);
        Assert.Contains("  █·\n", map.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_that_says_something_else_is_named()
    {
        Result mute = await Machine.RunAsync(new StringWriter(), "", "image", "info", _path, "--runner", "/bin/true");
        Result absent = await Machine.RunAsync(new StringWriter(), "", "image", "info", _path, "--runner", "/nowhere/tcmu-runner");

        Assert.Contains("'/bin/true image info' ended with status 0 and no result", mute.Error, StringComparison.Ordinal);
        Assert.Contains("/nowhere/tcmu-runner cannot be started", absent.Error, StringComparison.Ordinal);
    }

    private static Task<Result> RunAsync(params string[] words) =>
        Machine.RunAsync(new StringWriter(), "unix:path=/nowhere", ["image", .. words, "--runner", s_runner]);

    private static string LastEnd(Result result) => result.Output.Split("ends at ")[^1].TrimEnd('\n', '.');

    private static void Qemu(string tool, params string[] arguments)
    {
        var start = new ProcessStartInfo(tool, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0 && !output.Contains("verification failed", StringComparison.Ordinal), $"{tool} {string.Join(' ', arguments)}: {output}{errors.Result}");
    }

    /// <summary>A program of QEMU that has the image open for writing until it is disposed.</summary>
    private sealed class Holder(Process process) : IDisposable
    {
        public int ProcessId => process.Id;

        public static Holder Start(string path)
        {
            // It asks for commands once the image is open and locked.
            Process process = Process.Start(new ProcessStartInfo("qemu-io", [path]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
            char[] prompt = new char["qemu-io> ".Length];
            Assert.Equal(prompt.Length, process.StandardOutput.ReadBlock(prompt));
            return new Holder(process);
        }

        public void Dispose()
        {
            process.StandardInput.Close();
            process.WaitForExit();
            process.Dispose();
        }
    }
}
