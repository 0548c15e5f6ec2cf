// SPDX-License-Identifier: Apache-2.0
using System.Text;
using TcmuRunner.Abstractions;
using TcmuRunner.TestKit.Scsi;

namespace TcmuRunner.Scsi.Tests;

public sealed class ReservationStoreTests : IDisposable
{
    private const byte Persist = 0x01;
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("tcmu-runner-test");

    public void Dispose() => _directory.Delete(recursive: true);

    /// <summary>SPC-5 5.13.5, APTPL: registrations, reservation and PRGENERATION are there again after the daemon was killed.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public async Task Reservations_outlive_the_daemon(int type)
    {
        await using var killed = new Cluster(Store());
        Expect.Good(killed.Register(killed.A, Cluster.KeyA, Persist));
        Expect.Good(killed.Register(killed.B, Cluster.KeyB, Persist));
        Expect.Good(killed.Reserve(killed.A, Cluster.KeyA, type));

        await using var next = new Cluster(Store());

        Assert.Equal([Cluster.KeyA, Cluster.KeyB], next.Keys());
        Assert.Equal(killed.Reservation(), next.Reservation());
        Assert.Equal(2u, next.Generation());
        Assert.Equal(ScsiStatus.Good, next.Write(next.A));
        Assert.Equal(ScsiStatus.ReservationConflict, next.Write(next.C));
        Expect.Data("0008 0D 81 EA 01 0000", next.Unit.Run("5E 02 00 00 00 00 00 00 FF 00", dataIn: 255, nexus: next.A));
    }

    /// <summary>SPC-5 5.13.5: the last registration says whether anything is kept.</summary>
    [Fact]
    public async Task A_registration_without_persistence_ends_it()
    {
        await using var first = new Cluster(Store());
        Expect.Good(first.Register(first.A, Cluster.KeyA, Persist));
        Assert.True(File.Exists(Store().Location));

        Expect.Good(first.Register(first.B, Cluster.KeyB));

        Assert.False(File.Exists(Store().Location));
        await using var next = new Cluster(Store());
        Assert.Empty(next.Keys());
    }

    [Fact]
    public async Task Clear_removes_the_file()
    {
        await using var cluster = new Cluster(Store());
        Expect.Good(cluster.Register(cluster.A, Cluster.KeyA, Persist));

        Expect.Good(cluster.Out(cluster.A, PersistentReserveOutAction.Clear, Cluster.KeyA));

        Assert.Empty(_directory.GetFiles());
    }

    [Fact]
    public async Task Without_a_store_persistence_is_refused()
    {
        await using var cluster = new Cluster();

        Expect.Sense("5 26/00", cluster.Register(cluster.A, Cluster.KeyA, Persist));
        Assert.Empty(cluster.Keys());
    }

    [Fact]
    public async Task What_cannot_be_stored_is_not_promised()
    {
        var store = new BrokenStore();
        await using var cluster = new Cluster(store);
        Expect.Good(cluster.Register(cluster.A, Cluster.KeyA, Persist));
        store.Fails = true;

        Expect.Sense("5 55/04", cluster.Reserve(cluster.A, Cluster.KeyA, 1));

        Assert.Null(cluster.Reservation());
    }

    [Theory]
    [InlineData("", "JSON")]
    [InlineData("{}", "reservations")]
    [InlineData("""{"version":2}""", "version 2")]
    [InlineData("""{"version":1,"generation":1,"type":1,"registrations":[]}""", "type 1")]
    [InlineData("""{"version":1,"generation":1,"type":2,"registrations":[]}""", "type 2")]
    [InlineData("""{"version":1,"generation":1,"type":257,"registrations":[]}""", "type 257")]
    [InlineData("""{"version":1,"generation":1,"type":0,"registrations":[{"transportId":"45","key":"1","targetPort":1,"allTargetPorts":false,"isHolder":false}]}""", "registration")]
    public void A_damaged_file_keeps_the_disk_closed(string content, string reason)
    {
        Store().Save(Encoding.UTF8.GetBytes(content));

        HandlerException exception = Assert.Throws<HandlerException>(() => new Cluster(Store()));

        Assert.Contains(reason, exception.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Contains(Store().Location, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("3b5b1a6e-52c9", "3b5b1a6e-52c9.reservations.json")]
    [InlineData("../etc/x", "x2e2e2f6574632f78.reservations.json")]
    public void A_serial_number_cannot_leave_the_directory(string serial, string name) =>
        Assert.Equal(Path.Combine(_directory.FullName, name), new FileUnitStateStore(_directory.FullName, serial).Location);

    private FileUnitStateStore Store() => new(_directory.FullName, "disk-1");

    private sealed class BrokenStore : IUnitStateStore
    {
        public bool Fails { get; set; }

        public string Location => "nowhere";

        public byte[]? Load() => null;

        public void Save(ReadOnlySpan<byte> content)
        {
            if (Fails)
            {
                throw new IOException("no space");
            }
        }

        public void Remove() => throw new IOException("not there");
    }
}
