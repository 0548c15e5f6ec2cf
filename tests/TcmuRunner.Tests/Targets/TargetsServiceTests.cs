// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using TcmuRunner.DBus;
using TcmuRunner.DBus.Service;

namespace TcmuRunner.Tests.Targets;

/// <summary>The iSCSI front is changed from outside while libiscsi's programs and QEMU's use it.</summary>
public sealed class TargetsServiceTests
{
    private const string Properties = "org.freedesktop.DBus.Properties";
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(120);

    [Fact]
    public async Task A_target_is_made_filled_and_used_over_the_bus()
    {
        await using RunningTargets running = await RunningTargets.StartAsync();
        string image = running.CreateImage("disk1", 1 << 20);

        object made = (await running.CallAsync(ServiceNames.TargetsPath, ServiceNames.Targets, "Create", "sqas", RunningTargets.Name, (ushort)1, new[] { running.Portal }))[0];
        object[] lun = await running.CallTargetAsync("AddLun", "stui", image, 0UL, 0U, -1);
        (int refused, _) = await RunningTargets.RunAsync("qemu-img", "info", running.Url(0));
        await running.CallTargetAsync("SetAnyInitiator", "bb", true, false);
        (int written, string text) = await RunningTargets.RunAsync("qemu-io", "-f", "raw", "-c", "write -P 7 0 64k", running.Url(0));

        Assert.Equal(RunningTargets.TargetPath, made);
        Assert.Equal([(ushort)0], lun);
        Assert.NotEqual(0, refused);
        Assert.True(written == 0, text);
        Assert.All(File.ReadAllBytes(Path.Combine(running.Folder, "disk1"))[..65536], unit => Assert.Equal(7, unit));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(running.File));
    }

    [Fact]
    public async Task Disks_come_grow_and_go_while_a_session_is_up()
    {
        await using RunningTargets running = await RunningTargets.StartAsync(withTarget: true);
        await running.CallTargetAsync("AddLun", "stui", running.CreateImage("disk1", 1 << 20), 0UL, 0U, 0);
        await using Session session = await Session.OpenAsync(running);

        ushort added = (ushort)(await running.CallTargetAsync("AddLun", "stui", running.CreateImage("disk2", 1 << 20), 0UL, 0U, -1))[0];
        await running.CallTargetAsync("ResizeLun", "qt", (ushort)0, 2UL << 20);
        (int status, string size) = await RunningTargets.RunAsync("iscsi-readcapacity16", "-s", running.Url(0));
        (int secondStatus, _) = await RunningTargets.RunAsync("iscsi-inq", running.Url(added));
        await running.CallTargetAsync("RemoveLun", "q", added);
        (int goneStatus, _) = await RunningTargets.RunAsync("iscsi-readcapacity16", running.Url(added));
        string answer = await session.AskAsync("write -P 9 512k 4k");

        Assert.Equal((0, "2097152"), (status, size.Trim()));
        Assert.Equal(0, secondStatus);
        Assert.NotEqual(0, goneStatus);
        Assert.Contains("wrote 4096/4096 bytes", answer, StringComparison.Ordinal);
        Assert.Equal(2 << 20, new FileInfo(Path.Combine(running.Folder, "disk1")).Length);
        Assert.Single(JsonNode.Parse(File.ReadAllText(running.File))!["storage_objects"]!.AsArray());
    }

    [Fact]
    public async Task A_session_is_told_and_goes_on_after_it_was_asked_to_log_out()
    {
        await using RunningTargets running = await RunningTargets.StartAsync(withTarget: true);
        await running.CallTargetAsync("AddLun", "stui", running.CreateImage("disk1", 1 << 20), 0UL, 0U, 0);
        await using Session session = await Session.OpenAsync(running);
        SessionFacts before = Assert.Single(running.Control.Sessions);

        await running.WaitForAsync(async () => (await running.ManagedAsync()).Contains($"{RunningTargets.TargetPath}/session{before.Id}"));
        await running.CallAsync($"{RunningTargets.TargetPath}/session{before.Id}", ServiceNames.Session, "LogOut", "u", 1U);
        await running.WaitForAsync(() => Task.FromResult(running.Control.Sessions.All(other => other.Id != before.Id)));
        string answer = await session.AskAsync("read 0 4k");

        Assert.StartsWith("iqn.2008-11.org.linux-kvm", before.InitiatorName, StringComparison.Ordinal);
        Assert.Contains("read 4096/4096 bytes", answer, StringComparison.Ordinal);
        Assert.NotEqual(before.Id, Assert.Single(running.Control.Sessions).Id);
    }

    [Fact]
    public async Task A_new_secret_counts_for_the_next_login()
    {
        await using RunningTargets running = await RunningTargets.StartAsync(withTarget: true);
        await running.CallTargetAsync("AddLun", "stui", running.CreateImage("disk1", 1 << 20), 0UL, 0U, 0);

        File.SetUnixFileMode(running.File, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        await running.CallTargetAsync("SetChap", "sssss", "", "user", "the first secret", "", "");
        int first = (await RunningTargets.RunAsync("iscsi-readcapacity16", running.Url(0, "user%the first secret@"))).Status;
        await running.CallTargetAsync("SetChap", "sssss", "", "user", "the second secret", "", "");
        int old = (await RunningTargets.RunAsync("iscsi-readcapacity16", running.Url(0, "user%the first secret@"))).Status;
        int renewed = (await RunningTargets.RunAsync("iscsi-readcapacity16", running.Url(0, "user%the second secret@"))).Status;
        object[] properties = await running.CallAsync(RunningTargets.TargetPath, Properties, "GetAll", "s", ServiceNames.Target);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead, File.GetUnixFileMode(running.File));
        Assert.Equal((0, 0), (first, renewed));
        Assert.NotEqual(0, old);
        Assert.DoesNotContain("secret", string.Join(' ', ((Dictionary<object, object>)properties[0]).Values), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_refused_changes_neither_the_file_nor_what_is_served()
    {
        await using RunningTargets running = await RunningTargets.StartAsync(withTarget: true);
        await running.CallTargetAsync("AddLun", "stui", running.CreateImage("disk1", 1 << 20), 0UL, 0U, 0);
        using var other = new TcpListener(System.Net.IPAddress.Loopback, 0);
        other.Start();
        string before = File.ReadAllText(running.File);

        BusException taken = await Assert.ThrowsAsync<BusException>(() => running.CallTargetAsync("AddPortal", "s", other.LocalEndpoint.ToString()!));
        BusException absent = await Assert.ThrowsAsync<BusException>(() => running.CallTargetAsync("AddLun", "stui", "file//nonexistent/disk", 0UL, 0U, -1));
        BusException fixedSize = await Assert.ThrowsAsync<BusException>(() => running.CallTargetAsync("ResizeLun", "qt", (ushort)0, 1000UL));

        Assert.Contains("Another program listens there", taken.Message, StringComparison.Ordinal);
        Assert.Contains("/nonexistent/disk", absent.Message, StringComparison.Ordinal);
        Assert.Contains("1000 bytes are not a positive multiple of the block size 512", fixedSize.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllText(running.File));
        Assert.Equal([Path.GetFileName(running.File)], Directory.GetFiles(running.Folder, "targets*").Select(Path.GetFileName));
        Assert.Equal(0, (await RunningTargets.RunAsync("iscsi-readcapacity16", running.Url(0))).Status);
    }

    [Fact]
    public async Task One_disk_that_cannot_be_resized_keeps_the_others_as_they_were()
    {
        await using RunningTargets running = await RunningTargets.StartAsync(withTarget: true);
        await running.CallTargetAsync("AddLun", "stui", running.CreateImage("disk1", 1 << 20), 1UL << 20, 0U, 0);
        await running.CallTargetAsync("AddLun", "stui", "memory/", 1UL << 20, 0U, 1);
        string before = await File.ReadAllTextAsync(running.File);

        await File.WriteAllTextAsync(running.File, before.Replace("\"size\": 1048576", "\"size\": 2097152", StringComparison.Ordinal));
        BusException refused = await Assert.ThrowsAsync<BusException>(() => running.CallAsync(ServiceNames.TargetsPath, ServiceNames.Targets, "Reload"));
        string size = (await RunningTargets.RunAsync("iscsi-readcapacity16", "-s", running.Url(0))).Output.Trim();
        BusException edited = await Assert.ThrowsAsync<BusException>(() => running.CallTargetAsync("SetEnabled", "b", false));
        await File.WriteAllTextAsync(running.File, before.Replace("\"enable\": true", "\"enable\": false", StringComparison.Ordinal));
        await running.CallAsync(ServiceNames.TargetsPath, ServiceNames.Targets, "Reload");

        Assert.Contains("'memory' cannot change the size", refused.Message, StringComparison.Ordinal);
        Assert.Equal("1048576", size);
        Assert.Contains("Reload it first", edited.Message, StringComparison.Ordinal);
        Assert.False(Assert.Single(running.Control.Targets).IsEnabled);
    }

    /// <summary>qemu-io with a disk open, which takes one order after the other.</summary>
    private sealed class Session : IAsyncDisposable
    {
        private readonly Process _process;

        private Session(Process process) => _process = process;

        internal static async Task<Session> OpenAsync(RunningTargets running)
        {
            Process process = RunningTargets.Start("qemu-io", "-f", "raw", running.Url(0));
            var session = new Session(process);
            Assert.Contains("read 512/512 bytes", await session.AskAsync("read 0 512"), StringComparison.Ordinal);
            return session;
        }

        /// <summary>Gives an order and waits for what qemu-io says to it, which ends with its speed.</summary>
        internal async Task<string> AskAsync(string order)
        {
            await _process.StandardInput.WriteLineAsync(order);
            await _process.StandardInput.FlushAsync();
            string answer = "";
            while (!answer.Contains("ops/sec", StringComparison.Ordinal))
            {
                string? line = await _process.StandardOutput.ReadLineAsync().WaitAsync(s_limit);
                if (line is null)
                {
                    Assert.Fail($"qemu-io has ended: {answer}{await _process.StandardError.ReadToEndAsync()}");
                }

                answer += line + "\n";
            }

            return answer;
        }

        public async ValueTask DisposeAsync()
        {
            _process.Kill();
            await _process.WaitForExitAsync();
            _process.Dispose();
        }
    }
}
