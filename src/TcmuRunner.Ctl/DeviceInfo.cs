// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.DBus.Service;

namespace TcmuRunner.Ctl;

/// <summary>A device of the daemon.</summary>
internal sealed record DeviceInfo
{
    /// <summary>Its object on the bus.</summary>
    public required string ObjectPath { get; init; }

    /// <summary>Its facts, as the daemon tells them.</summary>
    public required DeviceFacts Facts { get; init; }

    /// <summary>Its name in configfs.</summary>
    public string Name => Facts.ConfigFsName[(Facts.ConfigFsName.IndexOf('/', StringComparison.Ordinal) + 1)..];

    /// <summary>Reads the properties that a device has on the bus.</summary>
    internal static DeviceInfo Read(string path, Dictionary<object, object> properties)
    {
        return new DeviceInfo
        {
            ObjectPath = path,
            Facts = new DeviceFacts
            {
                ConfigFsName = Get<string>("ConfigFsName"),
                Name = Get<string>("Name"),
                UioName = Get<string>("UioName"),
                Handler = Get<string>("Handler"),
                Configuration = Get<string>("Configuration"),
                SizeBytes = Get<ulong>("SizeBytes"),
                State = Get<string>("State"),
                LastError = Get<string>("LastError"),
                LogLevel = Get<int>("LogLevel"),
                Commands = Get<ulong>("Commands"),
                DataBytes = Get<ulong>("DataBytes"),
                CommandsInFlight = Get<uint>("CommandsInFlight"),
                RingHighWaterBytes = Get<ulong>("RingHighWaterBytes"),
                RingSizeBytes = Get<ulong>("RingSizeBytes"),
                TimeOuts = Get<ulong>("TimeOuts"),
            },
        };

        T Get<T>(string name) => properties.TryGetValue(name, out object? value) && value is T typed
            ? typed
            : throw new CtlException(ExitStatus.Failed, $"The daemon does not tell '{name}' of {path}.", "Use the tcmuctl of the daemon's version.");
    }
}
