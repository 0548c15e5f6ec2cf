// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using TcmuRunner.TestKit.Scsi;

namespace TcmuRunner.Scsi.Tests;

/// <summary>A disk in memory with three nodes of a cluster, and the commands by which they reserve it.</summary>
internal sealed class Cluster : IAsyncDisposable
{
    public const ulong KeyA = 0xA;
    public const ulong KeyB = 0xB;
    public const ulong KeyC = 0xC;

    public Cluster(IUnitStateStore? store = null, Func<LogicalUnit, ValueTask>? abortCommands = null)
    {
        Unit = TestUnit.OpenMemory(TestUnit.Options with { KnowsInitiators = true, ReservationStore = store });
        A = Node("iqn.test:a", 1);
        B = Node("iqn.test:b", 1, abortCommands);
        C = Node("iqn.test:c", 1);
    }

    public LogicalUnit Unit { get; }

    public ItNexus A { get; }

    public ItNexus B { get; }

    public ItNexus C { get; }

    public static TransportId Port(string name) => TransportId.ForIscsi(name, [0x40, 0, 0, 0, 0, 1]);

    /// <summary>Adds a nexus and clears its unit attention.</summary>
    public ItNexus Node(string name, ushort targetPort, Func<LogicalUnit, ValueTask>? abortCommands = null)
    {
        var nexus = new ItNexus(name, Port(name), targetPort) { AbortCommands = abortCommands };
        Unit.AddNexus(nexus);
        return nexus;
    }

    /// <summary>PERSISTENT RESERVE OUT with a list of 24 bytes and what is appended.</summary>
    public TestTask Out(
        ItNexus nexus, PersistentReserveOutAction action, ulong key = 0, ulong serviceActionKey = 0, int type = 0, byte flags = 0, byte[]? appended = null)
    {
        byte[] list = new byte[24 + (appended?.Length ?? 0)];
        BinaryPrimitives.WriteUInt64BigEndian(list, key);
        BinaryPrimitives.WriteUInt64BigEndian(list.AsSpan(8), serviceActionKey);
        list[20] = flags;
        appended?.CopyTo(list, 24);
        return Unit.Run($"5F {(int)action:X2} {type:X2} 00 00 {list.Length:X8} 00", list, nexus: nexus);
    }

    public TestTask Register(ItNexus nexus, ulong key, byte flags = 0) =>
        Out(nexus, PersistentReserveOutAction.RegisterAndIgnoreExistingKey, 0, key, flags: flags);

    public TestTask Reserve(ItNexus nexus, ulong key, int type) => Out(nexus, PersistentReserveOutAction.Reserve, key, type: type);

    /// <summary>The keys that READ KEYS returns.</summary>
    public ulong[] Keys()
    {
        byte[] list = Unit.Run("5E 00 00 00 00 00 00 10 00 00", dataIn: 4096, nexus: A).Returned.ToArray();
        Assert.Equal(list.Length - 8, BinaryPrimitives.ReadInt32BigEndian(list.AsSpan(4)));
        return [.. Enumerable.Range(0, (list.Length - 8) / 8).Select(index => BinaryPrimitives.ReadUInt64BigEndian(list.AsSpan(8 + (8 * index))))];
    }

    /// <summary>PRGENERATION.</summary>
    public uint Generation() => BinaryPrimitives.ReadUInt32BigEndian(Unit.Run("5E 00 00 00 00 00 00 00 08 00", dataIn: 8, nexus: A).Returned);

    /// <summary>Key and type of the reservation, or null.</summary>
    public (ulong Key, int Type)? Reservation()
    {
        byte[] list = Unit.Run("5E 01 00 00 00 00 00 10 00 00", dataIn: 4096, nexus: A).Returned.ToArray();
        return list.Length == 8 ? null : (BinaryPrimitives.ReadUInt64BigEndian(list.AsSpan(8)), list[21]);
    }

    public ScsiStatus Read(ItNexus nexus) => Unit.Run("28 00 00000000 00 0001 00", dataIn: 512, nexus: nexus).Status;

    public ScsiStatus Write(ItNexus nexus) => Unit.Run("2A 00 00000000 00 0001 00", new byte[512], nexus: nexus).Status;

    /// <summary>What TEST UNIT READY tells a nexus: the unit attention as <c>2A/05</c>, or null.</summary>
    public string? Attention(ItNexus nexus)
    {
        TestTask task = Unit.Run("00 00 00 00 00 00", nexus: nexus);
        if (task.Status == ScsiStatus.Good)
        {
            return null;
        }

        Assert.Equal(SenseKey.UnitAttention, task.SenseKey);
        return $"{task.Sense[12]:X2}/{task.Sense[13]:X2}";
    }

    public ValueTask DisposeAsync() => Unit.DisposeAsync();
}
