// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Nodes;

namespace TcmuRunner.Ctl.Output;

/// <summary>Devices in JSON. Names are a promise to scripts.</summary>
internal static class DeviceJson
{
    /// <summary>A device with its counters.</summary>
    internal static JsonObject Of(DeviceInfo device) => new()
    {
        ["name"] = device.Name,
        ["handler"] = device.Facts.Handler,
        ["configfs"] = device.Facts.ConfigFsName,
        ["uio"] = device.Facts.UioName,
        ["configuration"] = device.Facts.Configuration,
        ["sizeBytes"] = device.Facts.SizeBytes,
        ["state"] = device.Facts.State,
        ["lastError"] = device.Facts.LastError.Length > 0 ? device.Facts.LastError : null,
        ["logLevel"] = device.Facts.LogLevel >= 0 ? device.Facts.LogLevel : null,
        ["commands"] = device.Facts.Commands,
        ["dataBytes"] = device.Facts.DataBytes,
        ["commandsInFlight"] = device.Facts.CommandsInFlight,
        ["ringHighWaterBytes"] = device.Facts.RingHighWaterBytes,
        ["ringSizeBytes"] = device.Facts.RingSizeBytes,
        ["timeOuts"] = device.Facts.TimeOuts,
    };
}
